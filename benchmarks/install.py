"""Installing: 20,000 files of 300 MB against pkg-add(8) and cp(1); a small package into big roots.

Everything lies in memory (/dev/shm), so that what is measured is work and not a disk; what
durability costs on a disk is told apart (docs/commit-order.md). portfake's own modules are compiled
beforehand, as those of an installed program are.
"""

from __future__ import annotations

import compileall
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

import portfake
from benchmarks.ratio import Ratio, measure
from portfake.actions.roots import open_for_writing
from portfake.install.apply import apply_plan
from portfake.install.candidate import Candidate
from portfake.install.facts import gather
from portfake.install.plan import Source
from portfake.install.planner import Policy, make_plan
from portfake.model.abi import Abi
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import InstalledPackage, Manifest, PackagedFile
from portfake.packages.archive_writer import Format, write_package
from portfake.packages.digest import manifest_digest
from portfake.packages.sums import file_sum
from portfake.pkgdb.registry import database_of
from portfake.root.confined import Root
from portfake.root.ownership import Ownership

FILES, BYTES = 20_000, 300_000_000
ABI = "FreeBSD:14:aarch64"
TARGET = ("--abi", ABI, "--osversion", "1400097")
FROM_ARCHIVE, FROM_STAGE, SMALL, LARGE_ROOT = 0.6, 1.3, 8.0, 1.2


def main() -> None:
    """All of them; PORTFAKE_PKG names the real pkg, without which it is left out."""
    compileall.compile_dir(Path(portfake.__file__).parent, quiet=1)
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        folder = Path(name)
        contents = list(_contents())
        archive = _archive(folder, "many", contents)
        pkg = os.environ.get("PORTFAKE_PKG")
        if pkg:
            print(from_archive(folder, archive, pkg), flush=True)
        print(from_stage(folder, contents), flush=True)
        few = _archive(folder, "few", contents[:10])
        for ratio in small(folder, few):
            print(ratio, flush=True)


def _contents() -> Iterator[tuple[str, bytes]]:
    """Half text that packs well, half bytes that do not."""
    source = random.Random(1)
    size = BYTES // FILES
    for number in range(FILES):
        half = source.randbytes(size // 2)
        text = (f"line {number}\n" * size).encode()[: size - len(half)]
        yield f"/usr/local/share/many/{number % 200}/file-{number}", half + text


def _manifest(name: str, contents: list[tuple[str, bytes]]) -> Manifest:
    return Manifest(
        name=name, version="1.0", origin=f"misc/{name}", comment="c", desc="d",
        maintainer="m@example.org", www="https://example.org/", prefix="/usr/local", abi=ABI,
        arch=Abi.parse(ABI).legacy, flatsize=sum(len(text) for _, text in contents),
        categories=("misc",),
        files=tuple(
            PackagedFile(path=path, sum=file_sum(io.BytesIO(text)), mode=0o644, mtime=1_700_000_000)
            for path, text in contents
        ),
    )  # fmt: skip


def _entries(contents: list[tuple[str, bytes]]) -> Iterator[tuple[Entry, io.BytesIO]]:
    for path, text in contents:
        entry = Entry(path=path, type=EntryType.FILE, mode=0o644, owner="root", group="wheel",
                      size=len(text), mtime=1_700_000_000)  # fmt: skip
        yield entry, io.BytesIO(text)


def _archive(folder: Path, name: str, contents: list[tuple[str, bytes]]) -> Path:
    path = folder / f"{name}-1.0.pkg"
    with path.open("wb") as stream:
        write_package(
            _manifest(name, contents), _entries(contents), stream, format=Format.ZSTD, level=3
        )
    return path


def _fresh(folder: Path) -> Path:
    root = folder / "root"
    shutil.rmtree(root, ignore_errors=True)
    (root / "var/db").mkdir(parents=True)
    return root


def _portfake(root: Path, archive: Path) -> None:
    words = ["install", "--quiet", "--root", str(root), *TARGET, str(archive)]
    subprocess.run(
        [sys.executable, "-m", "portfake", *words], check=True, stdout=subprocess.DEVNULL
    )


def from_archive(folder: Path, archive: Path, pkg: str) -> Ratio:
    """The whole process, journal on, against `pkg add` of the same file, into an empty root."""
    root = folder / "root"

    def empty() -> None:
        _fresh(folder)

    def add() -> None:
        subprocess.run(
            [pkg, "-o", f"ABI={ABI}", "-o", "OSVERSION=1400097", "-C", "/dev/null", "-R",
             "/nonexistent", "-r", str(root), "add", "-q", str(archive)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    return measure(
        f"{FILES} files from an archive / pkg add (at most {FROM_ARCHIVE})",
        lambda: _portfake(root, archive),
        add,
        rounds=5,
        prepare=(empty, empty),
    )


def from_stage(folder: Path, contents: list[tuple[str, bytes]]) -> Ratio:
    """Planned and applied from files that lie staged, against copying and hashing them."""
    stage = folder / "stage"
    for path, text in contents:
        file = stage / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
    manifest = _manifest("many", contents)
    target = folder / "root"

    def empty() -> None:
        _fresh(folder)

    def ours() -> None:
        with Root(stage, ownership=Ownership.APPLY, read_only=True) as staged:
            _apply(target, manifest, _Staged(staged, manifest))

    def peer() -> None:
        subprocess.run(["cp", "-a", f"{stage}/usr", str(target)], check=True)
        command = 'find "$1" -type f -print0 | xargs -0 sha256sum'
        subprocess.run(
            ["sh", "-c", command, "sh", str(target)], check=True, stdout=subprocess.DEVNULL
        )

    name = f"{FILES} files from a stage / cp -a and sha256sum (at most {FROM_STAGE})"
    return measure(name, ours, peer, rounds=5, prepare=(empty, empty))


class _Staged:
    def __init__(self, stage: Root, manifest: Manifest) -> None:
        self._stage = stage
        self._manifest = manifest

    def __iter__(self) -> Iterator[tuple[Entry, io.BufferedIOBase]]:
        for file in self._manifest.files:
            entry = Entry(path=file.path, type=EntryType.FILE, mode=file.mode, owner="root",
                          group="wheel", mtime=file.mtime)  # fmt: skip
            with self._stage.open(file.path) as reader:
                assert isinstance(reader, io.BufferedReader)
                yield entry, reader


def _apply(target: Path, manifest: Manifest, payload: _Staged) -> None:
    candidate = Candidate(
        manifest, manifest_digest(manifest), Source("port", manifest.origin, verified=True),
        lambda: nullcontext(payload),
    )  # fmt: skip
    with open_for_writing(str(target)) as root:
        database = database_of(root)
        with database.read() as records:
            facts = gather([candidate], root, records, abi=Abi.parse(ABI), osversion=1400097)
        plan = make_plan([candidate], facts, Policy())
        apply_plan(plan, [candidate], root, database, verb="install", time=0)


def small(folder: Path, archive: Path) -> Iterator[Ratio]:
    """Ten files into a root with many packages: the whole process, against the interpreter."""
    roots = {count: _with_packages(folder / f"root-{count}", count) for count in (500, 5_000)}

    copy = folder / "root"

    def fresh(count: int) -> None:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(roots[count], copy)

    def install() -> None:
        _portfake(copy, archive)

    def bare() -> None:
        subprocess.run([sys.executable, "-c", "import sqlite3, argparse, tarfile"], check=True)

    few, many = (partial(fresh, count) for count in roots)
    yield measure(
        f"10 files into a root with 500 packages / bare interpreter (at most {SMALL})",
        install,
        bare,
        prepare=(few, few),
    )
    yield measure(
        f"10 files into a root with 5,000 packages / with 500 (at most {LARGE_ROOT})",
        install,
        install,
        prepare=(many, few),
    )


def _with_packages(directory: Path, count: int) -> Path:
    """Records of packages with fifty files each; the files themselves do not matter."""
    (directory / "var/db").mkdir(parents=True)
    with Root(directory, ownership=Ownership.APPLY) as root, database_of(root).write() as records:
        records.register(*map(_record, range(count)))
    return directory


def _record(number: int) -> InstalledPackage:
    manifest = _manifest(f"package{number}", [])
    files = tuple(
        PackagedFile(path=f"/usr/local/share/package{number}/{n}", sum="1$" + "0" * 64)
        for n in range(50)
    )
    return InstalledPackage(manifest=replace(manifest, files=files), time=0, digest="2$2$x")


if __name__ == "__main__":
    main()
