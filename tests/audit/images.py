"""A small image that is in order, to be spoilt in one thing."""

from __future__ import annotations

import io
import os
import sqlite3
import struct
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from portfake.actions.check import CheckRequest, check
from portfake.audit.finding import Finding
from portfake.audit.registry import RULES
from portfake.audit.report import Report
from portfake.formats.passwd import parse_master_passwd
from portfake.formats.pwd_db_writer import make_databases
from portfake.model.manifest import (
    Dependency,
    InstalledPackage,
    Manifest,
    PackagedDirectory,
    PackagedFile,
)
from portfake.packages.sums import file_sum, link_sum
from portfake.pkgdb.registry import database_of
from portfake.root.confined import Root
from portfake.root.ownership import Ownership
from tests.command_line import DATABASE

__all__ = ["CLOCK", "Image", "elf"]

CLOCK = 1_700_000_000
AARCH64, X86_64 = 183, 62

_MASTER = """\
# comment
root:$6$x:0:0::0:0:Charlie &:/root:/bin/sh
toor:*:0:0::0:0:Bourne-again:/root:
www:*:80:80::0:0:World Wide Web Owner:/nonexistent:/usr/sbin/nologin
"""
_TEXTS = {
    "/etc/rc": "#!/bin/sh\n",
    "/etc/rc.subr": "",
    "/etc/ttys": "",
    "/etc/login.conf": "",
    "/etc/master.passwd": _MASTER,
    "/etc/group": "wheel:*:0:root\nwww:*:80:\n",
    "/etc/shells": "# list\n/bin/sh\n",
    "/etc/rc.conf": 'demo_enable="YES"\nother_enable=NO\n',
}
_PROGRAMS = ("/bin/sh", "/sbin/init", "/usr/bin/login", "/usr/libexec/getty", "/usr/bin/uname")
_RC_SCRIPT = """#!/bin/sh
name="demo"
command="/usr/local/bin/demo"
: ${demo_user:="www"}
"""


def elf(
    *,
    machine: int = AARCH64,
    osversion: int = 1400097,
    interpreter: str | None = None,
    needed: Sequence[str] = (),
    soname: str | None = None,
    run_path: str | None = None,
) -> bytes:
    """A FreeBSD ELF file, 64 bits, little-endian, of segments alone."""
    strings = b"\0"
    rows: list[tuple[int, int]] = []
    for tag, text in [
        *((1, name) for name in needed),
        *([(14, soname)] if soname else []),
        *([(29, run_path)] if run_path else []),
    ]:
        rows.append((tag, len(strings)))
        strings += text.encode() + b"\0"
    note = struct.pack("<III", 8, 4, 1) + b"FreeBSD\0" + struct.pack("<I", osversion)
    loader = interpreter.encode() + b"\0" if interpreter else b""
    segments = 3 + bool(interpreter)
    at = 64 + 56 * segments
    note_at, loader_at = at, at + len(note)
    strings_at = loader_at + len(loader)
    dynamic_at = strings_at + len(strings)
    dynamic = b"".join(struct.pack("<QQ", *row) for row in [*rows, (5, strings_at), (0, 0)])
    size = dynamic_at + len(dynamic)

    def segment(kind: int, offset: int, length: int) -> bytes:
        return struct.pack("<IIQQQQQQ", kind, 4, offset, offset, offset, length, length, 4)

    table = segment(1, 0, size) + segment(4, note_at, len(note))
    table += segment(3, loader_at, len(loader)) if interpreter else b""
    table += segment(2, dynamic_at, len(dynamic))
    header = b"\x7fELF\x02\x01\x01\x09" + bytes(8)
    header += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, segments, 0, 0, 0)
    return header + table + note + loader + strings + dynamic


@dataclass(slots=True)
class Image:
    """A root with a base system and the package demo."""

    root: Path
    packages: list[InstalledPackage] = field(default_factory=list)

    def path(self, path: str) -> Path:
        """Where a path of the image is on this machine."""
        return self.root / path.lstrip("/")

    def put(self, path: str, content: bytes | str = b"", mode: int = 0o644) -> None:
        """Write a file, root's, of a fixed time."""
        place = self.path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        place.chmod(mode)
        os.utime(place, (CLOCK, CLOCK))

    def link(self, path: str, target: str) -> None:
        """Make a link of a fixed time."""
        place = self.path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(target)
        os.utime(place, (CLOCK, CLOCK), follow_symlinks=False)

    def base(self) -> None:
        """A base system."""
        for path in _PROGRAMS:
            self.put(path, elf(interpreter="/libexec/ld-elf.so.1", needed=["libc.so.7"]), 0o755)
        self.put("/libexec/ld-elf.so.1", elf(soname="ld-elf.so.1"), 0o755)
        self.put("/lib/libc.so.7", elf(soname="libc.so.7"))
        for path, text in _TEXTS.items():
            self.put(path, text, 0o600 if "master" in path else 0o644)
        self.accounts()
        self.put("/boot/kernel/kernel", elf())

    def accounts(self, master: str = _MASTER) -> None:
        """Write pwd.db and spwd.db of a master.passwd's text."""
        databases = make_databases(parse_master_passwd(master, "master.passwd"))
        self.put("/etc/pwd.db", databases.insecure)
        self.put("/etc/spwd.db", databases.secure, 0o600)

    def demo(self) -> Manifest:
        """The package demo, whose files are put in place."""
        program = elf(
            interpreter="/libexec/ld-elf.so.1",
            needed=["libc.so.7", "libdemo.so.1"],
            run_path="$ORIGIN/../lib/demo",
        )
        files = {
            "/usr/local/bin/demo": (program, 0o755),
            "/usr/local/bin/demo.sh": (b"#! /bin/sh\n", 0o755),
            "/usr/local/lib/demo/libdemo.so.1": (elf(soname="libdemo.so.1"), 0o644),
            "/usr/local/etc/demo.conf": (b"opt = 1\n", 0o644),
            "/usr/local/etc/demo.ini.sample": (b"x\n", 0o644),
            "/usr/local/etc/rc.d/demo": (_RC_SCRIPT.encode(), 0o755),
            "/usr/local/share/demo/icon-theme.cache": (b"cache", 0o644),
            "/usr/local/share/demo/data.txt": (b"data\n", 0o640),
        }
        for path, (content, mode) in files.items():
            self.put(path, content, mode)
        self.link("/usr/local/bin/demo-link", "demo")
        self.put("/var/db/demo/.keep")
        self.path("/var/db/demo/.keep").unlink()
        self.path("/var/db/demo").chmod(0o750)
        recorded = [
            PackagedFile(path=path, sum=file_sum(io.BytesIO(content)), mode=mode, mtime=CLOCK)
            for path, (content, mode) in files.items()
        ]
        recorded.append(
            PackagedFile(
                path="/usr/local/bin/demo-link",
                sum=link_sum("demo"),
                mode=0o777,
                mtime=CLOCK,
                target="demo",
            )
        )
        return Manifest(
            name="demo",
            version="1.0",
            origin="misc/demo",
            comment="A demo",
            desc="Made by a test",
            maintainer="demo@example.org",
            www="https://example.org/",
            prefix="/usr/local",
            abi="FreeBSD:14:aarch64",
            licenses=("BSD2CLAUSE",),
            categories=("misc",),
            users=("www",),
            groups=("www",),
            deps=(Dependency("libdep", "misc/libdep", "2.0"),),
            requires=("vi-editor",),
            shlibs_required=("libc.so.7", "libdep.so.1"),
            files=tuple(recorded),
            directories=(PackagedDirectory(path="/var/db/demo", mode=0o750),),
            config=("/usr/local/etc/demo.conf",),
        )

    def libdep(self) -> Manifest:
        """What demo depends on."""
        self.put("/usr/local/lib/libdep.so.1", elf(soname="libdep.so.1"))
        content = io.BytesIO(elf(soname="libdep.so.1"))
        library = PackagedFile(
            path="/usr/local/lib/libdep.so.1", sum=file_sum(content), mode=0o644, mtime=CLOCK
        )
        return Manifest(
            name="libdep",
            version="2.0",
            origin="misc/libdep",
            comment="A library",
            desc="Made by a test",
            maintainer="demo@example.org",
            www="https://example.org/",
            prefix="/usr/local",
            abi="FreeBSD:14:aarch64",
            provides=("vi-editor",),
            shlibs_provided=("libdep.so.1",),
            files=(library,),
        )

    def record(self, *manifests: Manifest) -> None:
        """Write records, as pkg would."""
        with Root(self.root, ownership=Ownership.APPLY) as root:
            root.make_database_folder()
            with database_of(root).write() as records:
                for manifest in manifests:
                    text = dict.fromkeys(manifest.config, "opt = 1\n")
                    records.register(
                        InstalledPackage(manifest=manifest, time=CLOCK, config_texts=text)
                    )

    def sql(self, *statements: str) -> None:
        """Change the database behind pkg's back."""
        with closing(sqlite3.connect(self.root / DATABASE)) as database, database:
            for statement in statements:
                database.execute(statement)

    def check(self, *, jobs: int = 1, **request: object) -> Report:
        """What `check` says of it."""
        return check(str(self.root), CheckRequest(**request), jobs=jobs)  # type: ignore[arg-type]  # the caller's

    def findings(self, rule: str) -> list[Finding]:
        """What one rule says of it."""
        wanted = tuple(each for each in RULES if each.id == rule)
        assert wanted
        return list(self.check(rules=wanted).findings)
