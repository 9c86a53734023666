"""A cell in which real make finds what portfake's profile says of the target, and no more.

Busybox stands for the base system's commands, a script that knows the profile's answers for each
program that would tell what machine this is, empty files for what the profile says is there.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import portfake
from portfake.ports.profile import Profile

__all__ = ["Cell", "Printed"]

SHARE_MK = Path(portfake.__file__).parent / "ports" / "share" / "mk"
MAKE = "/usr/bin/make"
_MARK = "=== next ==="

_FOLDERS = ("bin", "sbin", "usr/bin", "usr/sbin", "usr/share/mk", "usr/ports", "dev", "tmp", "proc")
_COMMANDS = {
    "bin": "[ cat chmod cp date echo expr ln ls mkdir mv rm rmdir sh sleep test",
    "sbin": "",
    "usr/bin": "awk basename comm cut dirname env expand find fold grep egrep head od"
    " printf readlink realpath sed seq sort tail touch tr true uniq wc which xargs",
}
_PROBES = {
    "bin/hostname": ["", "-s"],
    "sbin/sysctl": ["-n kern.argmax", "-n kern.smp.cpus", "-n kern.osreldate", "-n kern.hostname"],
    "usr/bin/cc": ["--version"],
    "usr/bin/c++": ["--version", "-### /dev/null"],
    "usr/bin/clang": ["--version"],
    "usr/bin/clang++": ["--version", "-### /dev/null"],
    "usr/bin/mktemp": ["-ut portslicense"],
    "usr/bin/id": ["-u", "-g", "-un", "-gn"],
    "usr/bin/uname": ["-p", "-m", "-s", "-r", "-n"],
}
"""Programs that tell what machine this is, and the arguments that the profile is asked about."""

_NAMES = {
    "/usr/lib/libkrb5.*": ["/usr/lib/libkrb5.so", "/usr/lib/libkrb5.a"],
    "/usr/libdata/pkgconfig/*.pc": [
        f"/usr/libdata/pkgconfig/{name}.pc"
        for name in ("openssl", "libcrypto", "ncurses", "ncursesw")
    ],
}
"""What stands for globs of the profile: the names that ports ask for."""
_ASK_IA32 = "if /sbin/sysctl -n compat.ia32.maxvmem "


@dataclass(frozen=True, slots=True)
class Printed:
    """What `make -V ...` said."""

    status: int
    values: tuple[str, ...]
    errors: str


class Cell:
    """A folder that looks like the target, in which make runs with the tree as /usr/ports."""

    def __init__(self, folder: Path, tree: str, profile: Profile, *, make: str) -> None:
        """Fill `folder`; `make` is a real bmake of the host."""
        self.folder = folder
        self.tree = tree
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        busybox = folder / "bin" / "busybox"
        shutil.copy(_found("busybox"), busybox)
        for place, names in _COMMANDS.items():
            for name in names.split():
                (folder / place / name).symlink_to("/bin/busybox")
        self._copy_program(make)
        for path, questions in _PROBES.items():
            self._probe(path, questions, profile)
        self._mirror(profile)

    def _copy_program(self, make: str) -> None:
        """Make itself, with the shared libraries that it was linked to."""
        shutil.copy(make, self.folder / MAKE[1:])
        listed = subprocess.run(["ldd", make], capture_output=True, text=True, check=True).stdout
        for word in listed.split():
            if word.startswith("/"):
                library = self.folder / word[1:]
                library.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(word, library)

    def _probe(self, path: str, questions: Iterable[str], profile: Profile) -> None:
        """A script for one program that tells about the machine."""
        name = Path(path).name
        cases = []
        for question in questions:
            sought = [f"{name} {question}".strip(), f"/{path} {question}".strip()]
            found = [profile.answer(each + end) for each in sought for end in ("", " 2>&1")]
            answer = next((each for each in found if each is not None), "").rstrip("\n")
            cases.append(f"{shlex.quote(question)}) echo {shlex.quote(answer)};;")
        if name == "sysctl" and "YES" in str(profile.answer(_ASK_IA32)):
            cases.append("'-n compat.ia32.maxvmem') ;;")
        other = "exit 0" if name in {"cc", "c++", "clang", "clang++"} else "exit 1"
        script = self.folder / path
        script.write_text("\n".join(["#!/bin/sh", 'case "$*" in', *cases, f"*) {other};;", "esac"]))
        script.chmod(0o755)

    def _mirror(self, profile: Profile) -> None:
        """Empty files where the profile says that something is."""
        for pattern in sorted(profile.present, reverse=True):  # what is in a folder before it
            for name in _NAMES.get(pattern, [pattern]):
                path = self.folder / name[1:]
                if not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.touch()
        header = self.folder / "usr/include/sys/param.h"
        header.write_text(f"#define __FreeBSD_version {profile.osversion}\n")
        for link, target in profile.links.items():
            path = self.folder / link[1:]
            if link != target:
                (self.folder / target[1:]).touch()
                path.unlink(missing_ok=True)
                path.symlink_to(target)

    def printed(self, folder: str, names: Iterable[str], environment: Mapping[str, str]) -> Printed:
        """What real make prints for these variables in a folder of the tree."""
        names = tuple(names)
        marked = (("-V", f"${{{name}}}", "-V", f"${{:U{_MARK}}}") for name in names)
        ran = self.make(folder, [word for words in marked for word in words], environment)
        values = ran.stdout.split(f"\n{_MARK}\n")
        whole = len(values) == len(names) + 1
        return Printed(ran.returncode, tuple(values[:-1]) if whole else (), ran.stderr)

    def make(
        self, folder: str, words: Iterable[str], environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run make in a folder of the tree."""
        return subprocess.run(
            [
                *(_found("bwrap"), "--unshare-net", "--die-with-parent", "--clearenv"),
                *("--bind", str(self.folder), "/", "--ro-bind", self.tree, "/usr/ports"),
                *("--ro-bind", str(SHARE_MK), "/usr/share/mk", "--dev", "/dev"),
                *(word for item in environment.items() for word in ("--setenv", *item)),
                *("--setenv", "MAKESYSPATH", "/usr/share/mk", "--chdir", folder, MAKE, *words),
            ],
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
        )


def _found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise FileNotFoundError(f"{program} is not on this machine")
    return path
