"""A package with something of everything, and its files."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import (
    Dependency,
    LicenseLogic,
    Manifest,
    Message,
    MessageType,
    PackagedDirectory,
    PackagedFile,
    Phase,
)
from portfake.model.payload import Reader
from portfake.packages.sums import file_sum, link_sum

CONTENT = {
    "/usr/local/bin/demo": b"#!/bin/sh\n",
    "/usr/local/etc/demo.conf": b"opt = 1\n",
    "/usr/local/share/demo/50% \u00e9.txt": b"",
}
LINK = "/usr/local/bin/zz-link"
HARD_LINK = "/usr/local/bin/hard"


def manifest() -> Manifest:
    files = [
        PackagedFile(path=path, sum=file_sum(BytesIO(content)), mode=0o644, mtime=1_577_934_245)
        for path, content in (CONTENT | {HARD_LINK: CONTENT["/usr/local/bin/demo"]}).items()
    ]
    link = PackagedFile(path=LINK, sum=link_sum("demo"), mode=0o755, mtime=7, target="demo")
    return Manifest(
        name="demo",
        version="1.2_3,1",
        origin="devel/demo",
        comment="a 50% d\u00e9mo",
        desc="Text of 50%\nand \u00e9 more",
        maintainer="me@example.org",
        www="https://example.org/",
        prefix="/usr/local",
        abi="FreeBSD:14:amd64",
        arch="freebsd:14:x86:64",
        flatsize=27,
        licenses=("BSD2CLAUSE", "MIT"),
        licenselogic=LicenseLogic.OR,
        categories=("devel", "net"),
        users=("www",),
        groups=("www",),
        options={"DOCS": "on", "NLS": "off"},
        annotations={"cpe": "cpe:2.3:a:x", "flavor": "py311"},
        deps=(Dependency("libdep", "devel/libdep", "2.0"),),
        conflicts=("demo-old",),
        provides=("vi-editor",),
        requires=("php81",),
        shlibs_required=("libz.so.6",),
        shlibs_provided=("libdemo.so.1",),
        files=tuple(sorted([*files, link], key=lambda file: file.path.encode())),
        directories=(PackagedDirectory(path="/var/db/demo", owner="www", mode=0o750),),
        config=("/usr/local/etc/demo.conf",),
        scripts={Phase.POST_INSTALL: "echo 100% \u00e9"},
        lua_scripts={Phase.POST_INSTALL: ("-- args: a\nprint(1)", "print(2)")},
        messages=(
            Message("hello", MessageType.INSTALL),
            Message("up", MessageType.UPGRADE, maximum_version="1.0"),
            Message("always"),
        ),
    )


class DemoPayload:
    """The files of that package."""

    def __iter__(self) -> Iterator[tuple[Entry, Reader | None]]:
        for file in manifest().files:
            kind = EntryType.SYMLINK if file.target else EntryType.FILE
            entry = Entry(path=file.path, type=kind, mode=file.mode, mtime=file.mtime)
            if file.target:
                yield Entry(path=LINK, type=kind, mode=0o777, mtime=7, target="demo"), None
            elif file.path == HARD_LINK:
                yield (
                    Entry(path=HARD_LINK, type=kind, mode=0o644, link_of="/usr/local/bin/demo"),
                    None,
                )
            else:
                content = CONTENT[file.path]
                yield (
                    Entry(path=file.path, type=entry.type, mode=0o644, mtime=9, size=len(content)),
                    BytesIO(content),
                )
        yield Entry(path="/var/db/demo", type=EntryType.DIRECTORY, mode=0o750, owner="www"), None
