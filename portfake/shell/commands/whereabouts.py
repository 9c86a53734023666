"""which and whereis: where FreeBSD's base system keeps its programs."""

from __future__ import annotations

from portfake.shell.command import Command, Invocation, Options

__all__ = ["COMMANDS", "base_path"]

_FOLDERS = {
    "/bin": "[ cat chflags chmod cp csh date dd df domainname echo ed expr getfacl hostname kill "
    "link ln ls mkdir mv pax pgrep pkill ps pwd realpath rm rmdir setfacl sh sleep stty sync tcsh "
    "test unlink uuidgen",
    "/sbin": "devfs dmesg ifconfig kldload kldstat kldunload ldconfig md5 mount newfs nologin ping "
    "reboot sha1 sha256 sha512 shutdown sysctl sysrc umount",
    "/usr/sbin": "chown chroot cron devctl inetd mtree newsyslog pkg pw service sysrc tzsetup "
    "vidcontrol vipw",
    "/usr/bin": "awk basename bc brandelf bsdcat bsdcpio bsdtar bunzip2 bzcat bzip2 c++ cap_mkdb "
    "cc chgrp cksum clang cmp col comm compress cpio cpp cut dc diff dirname du egrep ee elfctl "
    "env expand fetch fgrep file find flex fmt fold gencat getconf getopt grep groups gunzip "
    "gzcat gzip head iconv id ident install join jot ld ldd less lex limits locale logger login "
    "lorder m4 mail make makewhatis man mandoc mdo mkfifo mktemp more msgfmt nc nice nl nm nohup "
    "objcopy objdump openssl paste patch perror pr printenv printf readelf readlink renice rev "
    "script sed seq soelim sort split ssh stat strings strip su tail talk tar tee tic time top "
    "touch tput tr true truncate tsort tty uname unexpand uniq unxz unzip vi vis w wc whatis "
    "whereis which who whoami xargs xz xzcat yacc yes zcat zgrep zstd zstdcat",
}
_PLACES = {name: folder for folder, names in _FOLDERS.items() for name in names.split()}


def base_path(name: str) -> str | None:
    """The path of a program of the base system; None for any other."""
    folder = _PLACES.get(name)
    return None if folder is None else f"{folder}/{name}"


def _found(run: Invocation, name: str) -> str | None:
    """A program of the base system, or a file that the view has in PATH."""
    if "/" in name:
        entry = run.view.stat(name)
        return name if entry is not None and (entry.mode or 0) & 0o111 else base_of_path(name)
    path = base_path(name)
    if path is not None:
        return path
    for folder in run.environment.get("PATH", "").split(":"):
        entry = run.view.stat(f"{folder}/{name}") if folder.startswith("/") else None
        if entry is not None and (entry.mode or 0) & 0o111:
            return f"{folder}/{name}"
    return None


def base_of_path(path: str) -> str | None:
    """The path itself if a program of the base system lies there."""
    return path if base_path(path.rpartition("/")[2]) == path else None


def _which(run: Invocation) -> int:
    status = 0
    for name in run.operands:
        path = _found(run, name)
        if path is None:
            status = 1
        elif "s" not in run.given:
            run.print(path)
    return status


def _whereis(run: Invocation) -> int:
    if "b" not in run.given:
        raise run.refuse("only whereis -b is implemented")
    for name in run.operands:
        path = _found(run, name) or ""
        run.print(path if "q" in run.given else f"{name}: {path}")
    return 0


COMMANDS = (
    Command("which", _which, Options(flags="as")),
    Command("whereis", _whereis, Options(flags="abqx")),
)
