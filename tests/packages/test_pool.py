"""Folders of packages and what they can satisfy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from portfake.errors import NotFound
from portfake.model.abi import Abi
from portfake.model.manifest import Dependency, Manifest
from portfake.packages.archive_writer import Format, file_name, write_package
from portfake.packages.pool import PackagePool, PooledPackage, read_folder
from tests.packages import samples

AMD64 = Abi.parse("FreeBSD:14:amd64")


def package(name: str, version: str = "1.0", *deps: str, abi: str = "FreeBSD:14:amd64") -> Manifest:
    return replace(
        samples.manifest(),
        name=name,
        version=version,
        origin=f"x/{name}",
        abi=abi,
        deps=tuple(map(dependency, deps)),
        files=(),
        directories=(),
        config=(),
    )


def dependency(name: str, version: str = "1.0") -> Dependency:
    return Dependency(name, f"x/{name}", version)


def pool(*manifests: Manifest) -> PackagePool:
    return PackagePool(tuple(PooledPackage(Path(file_name(m)), m) for m in manifests), AMD64)


def names(packages: tuple[PooledPackage, ...]) -> list[str]:
    return [item.manifest.full_name for item in packages]


def test_dependencies_come_before_those_that_need_them() -> None:
    found = pool(package("a", "1.0", "b", "c"), package("b", "1.0", "c"), package("c")).closure(
        [dependency("a")]
    )
    assert names(found.packages) == ["c-1.0", "b-1.0", "a-1.0"]
    assert found.unmet == ()


def test_circles_end() -> None:
    found = pool(package("a", "1.0", "b"), package("b", "1.0", "a")).closure([dependency("a")])
    assert names(found.packages) == ["b-1.0", "a-1.0"]


def test_long_chains_need_no_stack() -> None:
    chain = [package(f"p{n}", "1.0", f"p{n + 1}") for n in range(3000)]
    found = pool(*chain, package("p3000")).closure([dependency("p0")])
    assert len(found.packages) == 3001


def test_the_version_named_goes_before_the_newest() -> None:
    three = pool(package("a", "1.9"), package("a", "1.10"), package("a", "1.2"))
    assert names(three.closure([dependency("a", "1.2")]).packages) == ["a-1.2"]
    assert names(three.closure([dependency("a", "7")]).packages) == ["a-1.10"]


def test_what_is_there_is_not_taken_again() -> None:
    both = pool(package("a", "1.0", "b"), package("b"))
    found = both.closure([dependency("a")], satisfied=lambda item: item.name == "b")
    assert names(found.packages) == ["a-1.0"]


def test_what_is_missing_or_foreign_is_told_with_who_wants_it() -> None:
    foreign = package("b", abi="FreeBSD:14:aarch64")
    found = pool(package("a", "1.0", "b", "c"), foreign).closure([dependency("a")])
    unmet = {item.dependency.name: item for item in found.unmet}
    assert unmet["b"].wanted_by == unmet["c"].wanted_by == "a-1.0"
    assert [item.manifest.abi for item in unmet["b"].foreign] == ["FreeBSD:14:aarch64"]
    assert unmet["c"].foreign == ()


def test_packages_of_any_cpu_fit() -> None:
    assert names(pool(package("a", abi="FreeBSD:14:*")).closure([dependency("a")]).packages)


def test_a_folder_is_read_with_all_below_it(tmp_path: Path) -> None:
    (tmp_path / "All").mkdir()
    for folder, manifest in ((tmp_path, package("a")), (tmp_path / "All", package("b"))):
        with (folder / file_name(manifest)).open("wb") as output:
            write_package(manifest, iter(()), output, format=Format.GZIP)
    (tmp_path / "broken-1.pkg").write_bytes(b"nothing")
    (tmp_path / "folder-1.pkg").mkdir()
    (tmp_path / "notes.txt").write_text("no package")
    found = read_folder(tmp_path, AMD64)
    assert names(found.packages) == ["a-1.0", "b-1.0"]
    assert [str(problem.where) for problem in found.problems] == [str(tmp_path / "broken-1.pkg")]


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_folder(tmp_path / "missing", AMD64)
