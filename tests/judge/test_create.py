"""`create` beside `pkg create` on the same stage and words: equal manifests and members."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.command_line import call

pytestmark = pytest.mark.judge
Judged = Callable[[str], str]

BASE = """\
name: demo
version: "1.0"
origin: misc/demo
comment: a demo with 50% é
maintainer: me@example.org
prefix: /usr/local
"""
WHOLE = BASE + 'www: https://example.org/\ndesc: "text of 50%"\nabi: "FreeBSD:14:*"\n'
FILES = """\
files { "/usr/local/bin/a": "", "/usr/local/bin/link": {perm: "0644", uname: me},
    /usr/local/bin/b: {sum: "1$x", perm: "4755", gname: games, fflags: 0}, "/opt/50%25": "-" }
"""


@dataclass(frozen=True)
class Case:
    """What `create` is given."""

    manifest: str
    beside: dict[str, str] = field(default_factory=dict)
    """Files of METADIR; None of them for -M."""
    plist: str | None = None
    words: tuple[str, ...] = ()

    @property
    def metadir(self) -> bool:
        return bool(self.beside)


CASES = {
    "files": Case(WHOLE + FILES),
    "directories": Case(
        WHOLE + 'directories { /var/db/d: "y", /usr/local/etc/e: {uname: www, perm: "0700"} }\n'
    ),
    "config": Case(WHOLE + FILES + 'config: ["/usr/local/bin/a"]\n'),
    "everything else": Case(
        WHOLE + 'licenses: [MIT, BSD2CLAUSE]\nlicenselogic: or\ncategories: [net, devel]\n'
        "users: [www]\ngroups: [www, games]\noptions { B: on, A: off }\nvital: true\n"
        'annotations { flavor: py39, repository: x }\nconflicts: ["x-*"]\n'
        'deps { zlib: {origin: devel/zlib, version: "1"}, a: {origin: x/a, version: 2} }\n'
        'provides: [vi]\nrequires: ["php81"]\ndep_formula: "a >= 1 | b"\n'
        'shlibs_required: [libz.so.6]\nshlibs_provided: [liby.so.1]\n'
        "scripts { post-install: 'echo 100% \\n\\n', install: \"x\" }\n"
        "lua_scripts { post-install: ['print(1) ', 'print(2)'] }\n"
        'messages: [ {message: "hi\\n", type: install}, {message: up, type: upgrade, '
        'maximum_version: "2"} ]\n'
    ),
    "old message": Case(WHOLE + 'message: "plain text"\n'),
    "legacy arch only": Case(WHOLE.replace("abi:", "arch:")),
    "no abi": Case(WHOLE.replace('abi: "FreeBSD:14:*"\n', "")),
    "another abi": Case(WHOLE.replace("FreeBSD:14:*", "FreeBSD:13:riscv64")),
    "no such cpu": Case(WHOLE.replace("FreeBSD:14:*", "FreeBSD:14:mips")),
    "files and a list": Case(WHOLE + FILES, plist="bin/a\nbin/c\n@dir /var/db/d\n"),
    "metadir": Case(
        BASE,
        {"+DESC": "Long text.\n\nWWW: https://example.org/x\n", "+DISPLAY": "see this\n"},
        plist="bin/a\n@(www,,0600) bin/b\n",
    ),
    "metadir without www": Case(BASE, {"+DESC": "Long text.\n"}),
    "scripts": Case(
        WHOLE + "scripts { pre-install: replaced, post-deinstall: kept }\n",
        {
            "+DESC": "not this one",
            **{f"+{name}": f"echo {name}\n" for name in ("INSTALL", "PRE_INSTALL", "DEINSTALL")},
            "pkg-post-install": "echo post\n",
            "pkg-pre-install": "echo last\n",
            "pkg-post-install.lua": "print(1)\n",
        },
        plist="@postexec echo list\n@cwd /opt\n50%\n",
    ),
    "messages": Case(
        WHOLE + "messages: [ {message: said} ]\n",
        {"+DISPLAY": '[ {message: "at ${PREFIX} of $PKGNAME\\n", type: remove}, ]\n'},
    ),
    "timestamp": Case(WHOLE + FILES, words=("-t", "86400")),
    "expanded": Case(WHOLE + FILES + "options { B: on }\n", words=("-e",)),
    "override": Case(WHOLE, plist="@override_prefix /plop\nbin/a\nbin/link\n@dir /var/db/d\n"),
    "odd lines": Case(
        WHOLE,
        plist="@owner\n@group\n@mode\n@comment\n# x\n\n  bin/a  \n@name nodash\n@cwd\nbin/b \n",
    ),
    "variables": Case(WHOLE, plist="@var X\n@var Y bin\n%%X%%bin/a\n%%Y%%/b\n@var Y etc\n"),
    "loops": Case(
        WHOLE, plist="@for X a b c\nbin/%%X%%\n@end\n@for D d\n@dir /var/db/%%D%%\n@end\n"
    ),
}  # fmt: skip


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    top = tmp_path / "stage"
    for name, mode in {
        "usr/local/bin/a": 0o755,
        "usr/local/bin/b": 0o555,
        "opt/50%": 0o644,
        "usr/local/bin/é": 0o600,
    }.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        path.chmod(mode)
        os.utime(path, (1_600_000_000, 1_600_000_000))
    (top / "usr/local/bin/c").hardlink_to(top / "usr/local/bin/b")
    (top / "usr/local/bin/link").symlink_to("/usr/local/bin/a")
    os.utime(top / "usr/local/bin/link", (7, 7), follow_symlinks=False)
    for name in ("usr/local/etc/e", "var/db/d"):
        (top / name).mkdir(parents=True)
        (top / name).chmod(0o750)
        os.utime(top / name, (1_600_000_000, 1_600_000_000))
    return top


@pytest.mark.parametrize("name", CASES)
def test_equal(name: str, judged: Judged, stage: Path, tmp_path: Path) -> None:
    case = CASES[name]
    words = _words(case, tmp_path)
    pkg = judged("PORTFAKE_PKG")
    settings = (
        "ABI=FreeBSD:14:aarch64",
        "OSVERSION=1400097",
        f"PORTSDIR={judged('PORTFAKE_TREE')}",
    )
    command = [pkg, *(part for setting in settings for part in ("-o", setting)), "create"]
    done = subprocess.run(
        [*command, "-f", "tar", "-o", tmp_path / "theirs", "-r", stage, *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    target = ("--abi", "FreeBSD:14:aarch64", "--osversion", "1400097")
    ports = ("--ports", judged("PORTFAKE_TREE"))
    answer = call(
        "create", "-f", "tar", "-o", tmp_path / "ours", "-r", stage, *target, *ports, *words
    )
    assert answer.status == 0, answer.err
    ours, theirs = (_members(tmp_path / side / "demo-1.0.pkg") for side in ("ours", "theirs"))
    for member in ("+COMPACT_MANIFEST", "+MANIFEST"):
        assert ours[member][-1] == theirs[member][-1]
    assert ours == theirs


def _words(case: Case, folder: Path) -> list[str]:
    words = list(case.words)
    if case.metadir:
        metadir = folder / "metadir"
        metadir.mkdir()
        (metadir / "+MANIFEST").write_text(case.manifest)
        for name, text in case.beside.items():
            (metadir / name).write_text(text)
        words += ["-m", str(metadir)]
    else:
        (folder / "manifest").write_text(case.manifest)
        words += ["-M", str(folder / "manifest")]
    if case.plist is not None:
        (folder / "plist").write_text(case.plist)
        words += ["-p", str(folder / "plist")]
    return words


def _members(path: Path) -> dict[str, tuple[object, ...]]:
    """In their order; ids, the name of group 0 and symlinks' modes are the host's for pkg."""
    with tarfile.open(fileobj=io.BytesIO(path.read_bytes()), errors="surrogateescape") as archive:
        return {member.name: _member(archive, member) for member in archive}


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> tuple[object, ...]:
    content = archive.extractfile(member) if member.isreg() else None
    return (
        member.type,
        0 if member.issym() else member.mode,
        member.uname,
        {"root": "wheel"}.get(member.gname, member.gname),
        0 if member.name.startswith("+") else member.mtime,
        member.linkname,
        content.read() if content else b"",
    )
