"""A package of twelve files in two versions, and what a root holds before and after each change."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sqlite3
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from portfake.actions.ledger import read_kept
from portfake.errors import Busy, PortfakeError
from portfake.install.apply import apply_plan
from portfake.install.candidate import Candidate
from portfake.install.facts import gather
from portfake.install.ledger_keeping import Keeping, with_ledger
from portfake.install.metalog_file import MetalogFile
from portfake.install.plan import Source
from portfake.install.planner import Policy, make_plan, planned_packages
from portfake.install.removal import plan_removal
from portfake.install.scripts.contents import PackageContents
from portfake.install.scripts.outcome import rehearse, with_scripts
from portfake.model.abi import Abi
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Manifest, PackagedDirectory, PackagedFile, Phase
from portfake.model.payload import Payload, Reader
from portfake.packages.sums import file_sum, link_sum
from portfake.pkgdb.registry import database_of
from portfake.root.confined import Root
from portfake.root.ownership import Ownership

__all__ = ["CHANGES", "METALOG", "Package", "Scene", "State", "state", "unlisted"]

ABI = Abi.parse("FreeBSD:14:aarch64")
TIME = 1_700_000_000
CONF = "/usr/local/etc/twelve.conf"
METALOG = "METALOG"
"""Kept in the root itself, as installworld -DNO_ROOT does, and so it is part of its state."""
OWNERSHIP = Ownership.APPLY if os.geteuid() == 0 else Ownership.RECORD
PAUSE = "TWELVE_PAUSE"
"""Variable with the name of a file: a package waits for it before its second object."""
State = tuple[dict[str, tuple[object, ...]], list[str]]


def _package(version: str, *more: str) -> tuple[Manifest, dict[str, bytes | str]]:
    """Twelve files, nine of them of both versions; folders and files change places."""
    files: dict[str, bytes | str] = {
        "/usr/local/bin/twelve": f"#!/bin/sh\necho {version}\n".encode(),
        "/usr/local/bin/alias": "twelve" if version == "1.0" else "../bin/twelve",
        "/usr/local/bin/hard": f"#!/bin/sh\necho {version}\n".encode(),
        CONF: f"# {version}\na = 1\nb = 2\nc = 3\n".encode(),
        **{path: f"{path} of {version}\n".encode() for path in more},
        **{f"/usr/local/share/twelve/{n}": f"{n} {version}\n".encode() * 9 for n in range(5)},
    }
    manifest = Manifest(
        name="twelve", version=version, origin="misc/twelve", comment="c", desc="d",
        maintainer="m@example.org", www="UNKNOWN", prefix="/usr/local", abi=str(ABI),
        files=tuple(
            PackagedFile(path=path, sum=link_sum(text), target=text, mtime=TIME)
            if isinstance(text, str)
            else PackagedFile(path=path, sum=file_sum(io.BytesIO(text)), mtime=TIME,
                              mode=0o4755 if path.endswith(("/twelve", "/hard")) else 0o644)
            for path, text in files.items()
        ),
        directories=(PackagedDirectory(path="/var/db/twelve", mode=0o750),),
        config=(CONF,),
        scripts={
            Phase.POST_INSTALL: f"echo {version} >> /usr/local/etc/list; service ldconfig restart",
            Phase.PRE_DEINSTALL: '[ -n "$PKG_UPGRADE" ] || rm /usr/local/etc/list',
        },
    )  # fmt: skip
    return manifest, files


class Package:
    """One version."""

    def __init__(self, version: str, *more: str) -> None:
        self.manifest, self.files = _package(version, *more)

    def candidate(self) -> Candidate:
        """As something to be installed."""
        source = Source("port", "misc/twelve", verified=True)
        digest = f"2$2${self.manifest.version}"
        return Candidate(self.manifest, digest, source, self._opened)

    @contextmanager
    def _opened(self) -> Iterator[Payload]:
        yield _Once(self._entries())

    def _entries(self) -> Iterator[tuple[Entry, Reader | None]]:
        for number, file in enumerate(self.manifest.files):
            content = self.files[file.path]
            while number == 1 and PAUSE in os.environ and not Path(os.environ[PAUSE]).exists():
                Path(f"{os.environ[PAUSE]}.waiting").touch()
                time.sleep(0.02)
            if isinstance(content, str):
                link = Entry(path=file.path, type=EntryType.SYMLINK, target=content, mtime=TIME)
                yield link, None
                continue
            entry = Entry(
                path=file.path, type=EntryType.FILE, mode=file.mode, owner="root", group="wheel",
                mtime=TIME, size=len(content),
                link_of="/usr/local/bin/twelve" if file.path.endswith("/hard") else None,
            )  # fmt: skip
            yield entry, None if entry.link_of else io.BytesIO(content)


class _Once:
    def __init__(self, entries: Iterator[tuple[Entry, Reader | None]]) -> None:
        self._entries = entries

    def __iter__(self) -> Iterator[tuple[Entry, Reader | None]]:
        return self._entries


OLD = Package(
    "1.0",
    "/usr/local/libexec/old/gone",
    "/usr/local/share/becomes/a/file",
    "/usr/local/share/becomes-folder",
)
NEW = Package(
    "2.0",
    "/usr/local/libexec/new/here",
    "/usr/local/share/becomes",
    "/usr/local/share/becomes-folder/with/file",
)


class Scene:
    """A root before a change, and the change."""

    def __init__(self, folder: Path, change: str) -> None:
        self.folder = folder
        self.change = CHANGES[change]
        self.before = folder / "before"
        (self.before / "var/db").mkdir(parents=True)
        (self.before / "usr/local").mkdir(parents=True)
        if change != "install into nothing":
            _install(self.before, OTHER if change == "install" else OLD)
        if change == "replace":
            with (self.before / CONF.lstrip("/")).open("a") as file:
                file.write("d = 4\n")
        self.old = state(self.root())
        self.new = state(self.after())
        assert self.old != self.new
        assert not unlisted(self.before) | unlisted(self.after())

    def root(self) -> Path:
        """A copy of the root as it was."""
        copy = self.folder / "root"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.before, copy, symlinks=True)
        return copy

    def after(self) -> Path:
        """A copy with the change."""
        root = self.root()
        self.change(root)
        return root


def _install(directory: Path, package: Package) -> None:
    with Root(directory, ownership=OWNERSHIP) as root:
        database = database_of(root)
        candidate = package.candidate()
        with database.read() as records:
            facts = gather([candidate], root, records, abi=ABI, osversion=1400097)
        facts = replace(facts, users=frozenset({"root"}), groups=frozenset({"wheel"}))
        installed = {name: each.manifest for name, each in facts.installed.items()}
        contents = {package.manifest.name: PackageContents(candidate)}
        packages = planned_packages([candidate], facts, Policy())
        scripts = rehearse(packages, installed, contents, root, clock=TIME)
        plan = make_plan([candidate], facts, Policy(), scripts)
        plan = with_ledger(plan, read_kept(root, None), Keeping(), clock=TIME)
        metalog = MetalogFile.at(f"{directory}/{METALOG}")
        apply_plan(plan, [candidate], root, database, verb="install", time=TIME, metalog=metalog)


def _delete(directory: Path) -> None:
    with Root(directory, ownership=OWNERSHIP) as root:
        database = database_of(root)
        with database.read() as records:
            plan = plan_removal(["twelve"], records, str(directory), recursive=False, force=False)
        plan = with_scripts(plan, rehearse(plan.packages, {}, {}, root, clock=TIME))
        plan = with_ledger(plan, read_kept(root, None), Keeping(), clock=TIME)
        metalog = MetalogFile.at(f"{directory}/{METALOG}")
        apply_plan(plan, (), root, database, verb="delete", time=0, metalog=metalog)


OTHER = Package("1.0", "/usr/local/other/a", "/usr/local/other/b")
OTHER.manifest = replace(
    OTHER.manifest,
    name="other",
    files=tuple(file for file in OTHER.manifest.files if "/other/" in file.path),
    directories=(),
    config=(),
    scripts={},
)

CHANGES: dict[str, Callable[[Path], None]] = {
    "install into nothing": lambda root: _install(root, NEW),
    "install": lambda root: _install(root, NEW),
    "replace": lambda root: _install(root, NEW),
    "delete": _delete,
}


def state(root: Path) -> State:
    """Every object but the database, byte for byte; and the database by its sorted dump."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        name = str(path.relative_to(root))
        kind = stat.S_IFMT(status.st_mode)
        if "local.sqlite" in name:
            continue
        content: object = None
        if stat.S_ISLNK(status.st_mode):
            content = str(path.readlink())
        elif stat.S_ISREG(status.st_mode):
            time = None if name == METALOG else status.st_mtime_ns
            content = (path.read_bytes(), time, status.st_nlink)
        found[name] = (kind, status.st_mode, status.st_uid, status.st_gid, content)
    file = root / "var/db/pkg/local.sqlite"
    if not file.exists():
        assert not list(root.glob("var/db/pkg/*sqlite*"))
        return found, []
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return found, sorted(database.iterdump())


def unlisted(root: Path) -> set[str]:
    """What is in a root and not in its METALOG, or the reverse; none but before the first run."""
    there = {f"./{path.relative_to(root)}" for path in root.rglob("*")} - {f"./{METALOG}"}
    file = root / METALOG
    if not file.exists():
        return set()
    lines = [line for line in file.read_text().splitlines() if line.startswith(".")]
    return there ^ {line.split()[0] for line in lines} - {".", "./"}


def main(directory: str, change: str) -> int:
    """Make one change, for judges that look at a process of its own; 74 for an error."""
    try:
        CHANGES[change](Path(directory))
    except (OSError, PortfakeError) as error:
        sys.stderr.write(f"{error}\n")
        return 75 if isinstance(error, Busy) else 74
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
