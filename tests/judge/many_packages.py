"""Made-up packages, each for something that a database records, as .pkg files."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

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
from portfake.packages.archive_writer import Format, file_name, write_package
from portfake.packages.sums import file_sum, link_sum

__all__ = ["Made", "newer", "packages", "write"]

MTIME = 1_577_934_245


@dataclass(frozen=True, slots=True)
class Made:
    """A package and its content."""

    manifest: Manifest
    content: dict[str, bytes] = field(default_factory=dict)
    hard: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.manifest.name

    def __iter__(self) -> Iterator[tuple[Entry, io.BytesIO | None]]:
        for file in self.manifest.files:
            if file.target is not None:
                entry = Entry(
                    path=file.path, type=EntryType.SYMLINK, target=file.target, mode=0o755
                )
            elif file.path in self.hard:
                entry = Entry(path=file.path, type=EntryType.FILE, link_of=self.hard[file.path])
            else:
                entry = Entry(
                    path=file.path, type=EntryType.FILE, size=len(self.content[file.path])
                )
            data = self.content.get(file.path)
            entry = replace(
                entry, mode=file.mode, owner=file.owner, group=file.group, mtime=file.mtime
            )
            yield entry, None if data is None else io.BytesIO(data)
        for folder in self.manifest.directories:
            yield (
                Entry(
                    path=folder.path,
                    type=EntryType.DIRECTORY,
                    mode=folder.mode,
                    owner=folder.owner,
                    group=folder.group,
                ),
                None,
            )


def made(
    name: str,
    files: dict[str, bytes | str] | None = None,
    *,
    modes: dict[str, int] | None = None,
    owners: dict[str, tuple[str, str]] | None = None,
    hard: dict[str, str] | None = None,
    version: str = "1.0",
    **fields: object,
) -> Made:
    """A str as content is a link's text."""
    base = "/usr/local/"
    texts: dict[str, bytes | str] = (
        {f"share/{name}": f"{name}\n".encode()} if files is None else files
    )
    listed = []
    content: dict[str, bytes] = {}
    for path in sorted({*texts, *(hard or {})}, key=lambda each: f"{base}{each}".encode()):
        data = texts.get(path, b"")
        full = path if path.startswith("/") else f"{base}{path}"
        owner, group = (owners or {}).get(path, ("root", "wheel"))
        if isinstance(data, str):
            listed.append(
                PackagedFile(path=full, sum=link_sum(data), target=data, mtime=MTIME, mode=0o755)
            )
            continue
        if hard and path in hard:
            data = texts[hard[path]]
            assert isinstance(data, bytes)
        else:
            content[full] = data
        listed.append(
            PackagedFile(
                path=full,
                sum=file_sum(io.BytesIO(data)),
                mode=(modes or {}).get(path, 0o644),
                owner=owner,
                group=group,
                mtime=MTIME,
            )
        )
    manifest = Manifest(
        name=name,
        version=version,
        origin=f"misc/{name}",
        comment=f"The {name} package",
        desc=f"What {name} is for",
        maintainer="ports@example.org",
        www="https://example.org/",
        prefix="/usr/local",
        abi="FreeBSD:14:amd64",
        arch="freebsd:14:x86:64",
        flatsize=sum(map(len, content.values())),
        categories=("misc",),
        files=tuple(sorted(listed, key=lambda file: file.path.encode())),
    )
    hard_full = {f"{base}{path}": f"{base}{first}" for path, first in (hard or {}).items()}
    return Made(replace(manifest, **fields), content, hard_full)  # type: ignore[arg-type]


def elf(*, shared: bool = False) -> bytes:
    """A header for amd64, FreeBSD, without segments."""
    ident = b"\x7fELF\x02\x01\x01\x09" + bytes(8)
    kind = (3 if shared else 2).to_bytes(2, "little")
    return ident + kind + (62).to_bytes(2, "little") + (1).to_bytes(4, "little") + bytes(44)


def _phases() -> Iterator[Made]:
    for phase in Phase:
        yield made(f"sh-{phase.value}", scripts={phase: f"# {phase.value}\nexit 0"})
        if phase not in (Phase.INSTALL, Phase.DEINSTALL):
            yield made(f"lua-{phase.value}", lua_scripts={phase: (f"-- {phase.value}", "-- b")})


def packages() -> list[Made]:
    """Return them, what is needed before what needs it."""
    dep = [Dependency(name, f"misc/{name}", "1.0") for name in ("plain", "links", "config")]
    return [
        made("plain"),
        made("empty", {}),
        made("files", {f"share/files/{n}": bytes([n]) * n for n in range(30)}),
        made("links", {"bin/l": b"l", "bin/rel": "l", "bin/abs": "/usr/bin/l", "bin/gone": "no"}),
        made("hard", {"bin/h": b"h\n"}, hard={"bin/h2": "bin/h", "share/h3": "bin/h"}),
        made("modes", dict.fromkeys(("bin/su", "bin/sg", "bin/ro", "bin/x"), b"m"),
             modes={"bin/su": 0o4755, "bin/sg": 0o2755, "bin/ro": 0o400, "bin/x": 0o755}),
        made("owners", {"share/o": b"o", "share/p": b"p"},
             owners={"share/o": ("demo", "demo"), "share/p": ("root", "demo")}),
        made("folders", directories=(
            PackagedDirectory(path="/var/db/folders", owner="demo", group="demo", mode=0o750),
            PackagedDirectory(path="/var/db/folders/deep", mode=0o755),
            PackagedDirectory(path="/usr/local/share/shared", mode=0o755))),
        made("folders2", directories=(
            PackagedDirectory(path="/usr/local/share/shared", mode=0o755),)),
        made("config", {"etc/c.conf": b"one = 1\ntwo = 2\nthree = 3\n", "share/c": b"c"},
             config=("/usr/local/etc/c.conf",)),
        made("config2", {"etc/empty.conf": b"", "etc/u.conf": "na\u00efve\n".encode()},
             config=("/usr/local/etc/empty.conf", "/usr/local/etc/u.conf")),
        *_phases(),
        made("scripts", scripts={phase: f"echo {phase.value} $1\n100%" for phase in Phase}),
        made("lua-args", lua_scripts={Phase.POST_INSTALL: (
            "-- args: a b\nprint(1)", "-- args: c\nprint(1)", 'x = "100%"')}),
        made("shared-script", scripts={Phase.POST_INSTALL: "# post-install\nexit 0"}),
        made("options", options={"DOCS": "on", "NLS": "off", "X11": "on"}),
        made("options2", options={"DOCS": "off", "NLS": "off"}),
        made("users", users=("demo", "www"), groups=("demo", "www", "wheel")),
        made("messages", messages=(
            Message("always\n"), Message('with "quotes"\tand \\', MessageType.INSTALL),
            Message("up", MessageType.UPGRADE, "0.9", "2.0"), Message("bye", MessageType.REMOVE))),
        made("message", messages=(Message("one, na\u00efve"),)),
        made("lic-or", licenses=("BSD2CLAUSE", "GPLv2"), licenselogic=LicenseLogic.OR),
        made("lic-and", licenses=("GPLv2", "MIT", "ART10"), licenselogic=LicenseLogic.AND),
        made("lic-one", licenses=("MIT",)),
        made("lic-none", licenselogic=None),
        made("categories", categories=("www", "devel", "misc", "python")),
        made("notes", annotations={"cpe": "cpe:2.3:a:x", "flavor": "py311", "note": "text = x"}),
        made("notes2", annotations={"flavor": "py311", "x": "flavor"}),
        made("deps", deps=tuple(dep)),
        made("deps2", deps=(dep[0],)),
        made("provides", provides=("vi-editor", "ed"), requires=()),
        made("requires", requires=("vi-editor",)),
        made("elf", {"bin/e": elf(), "lib/libe.so.1": elf(shared=True), "lib/libe.so": "libe.so.1"},
             shlibs_provided=("libe.so.1",), modes={"bin/e": 0o755}),
        made("elf-user", shlibs_required=("libe.so.1", "libc.so.7:32"),
             shlibs_required_ignore=("libx.so.1",), shlibs_provided_ignore=("libpriv.so",)),
        made("vital", vital=True),
        made("percent", {"share/50%/a%41b": b"%", "share/a b/\u00e9": b"e"}, comment="50% of it",
             desc="Text of 50%\nand %41 more"),
        made("noarch", abi="FreeBSD:14:*", arch="freebsd:14:*"),
        made("text", desc="long " * 4000, comment='a "comment" \\ with \u00e9'),
        made("no-www", www="UNKNOWN"),
        made("big", {"share/big": b"0123456789abcdef" * 65536}),
        made("version", version="1.2.r3_4,5"),
        made("outside", {"/etc/outside": b"o", "/opt/x/y": b"y"}),
        made("prefix", {"/opt/p/bin/p": b"p"}, prefix="/opt/p"),
        made("formula", dep_formula="plain >= 1.0"),
    ]  # fmt: skip


def newer() -> list[Made]:
    """Return newer versions of some of them."""
    return [
        made("plain", {"share/plain": b"new\n", "share/plain2": b"more\n"}, version="2.0"),
        made("files", {f"share/files/{n}": bytes([n]) * n for n in range(10, 40)}, version="2.0"),
        made("config", {"etc/c.conf": b"one = 1\ntwo = 2\nthree = 33\n"}, version="2.0",
             config=("/usr/local/etc/c.conf",)),
        made("options", options={"DOCS": "off", "NEW": "on"}, version="2.0"),
        made("notes", annotations={"flavor": "py312"}, version="2.0"),
        made("lic-or", licenses=("MIT",), version="2.0"),
        made("deps", deps=(Dependency("plain", "misc/plain", "2.0"),), version="2.0"),
        made("scripts", scripts={Phase.POST_INSTALL: "# new\n"}, version="2.0"),
    ]  # fmt: skip


def write(folder: Path, packages: list[Made]) -> list[Path]:
    """Write the .pkg files; return their paths in the same order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for package in packages:
        path = folder / file_name(package.manifest)
        with path.open("wb") as stream:
            write_package(package.manifest, package, stream, format=Format.GZIP)
        paths.append(path)
    return paths
