"""Folders of packages and what they can satisfy."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from portfake.errors import InputError, NotFound, PortfakeError
from portfake.formats.manifest import to_text
from portfake.model.abi import Abi
from portfake.model.manifest import Dependency, Manifest
from portfake.packages.archive_writer import Format, file_name, write_package
from portfake.packages.folder import check_against_catalogue, read_folder
from portfake.packages.pool import Capability, Choice, Kind, Need, PackagePool, PooledPackage
from portfake.packages.sums import file_sum
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
        provides=(),
        requires=(),
        shlibs_provided=(),
        shlibs_required=(),
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
    found = both.closure([dependency("a")], satisfied=lambda need: need == dependency("b"))
    assert names(found.packages) == ["a-1.0"]


def test_what_is_missing_or_foreign_is_told_with_who_wants_it() -> None:
    foreign = package("b", abi="FreeBSD:14:aarch64")
    found = pool(package("a", "1.0", "b", "c"), foreign).closure([dependency("a")])
    unmet = {str(getattr(item.need, "name", "")): item for item in found.unmet}
    assert unmet["b"].wanted_by == unmet["c"].wanted_by == "a-1.0"
    assert [item.manifest.abi for item in unmet["b"].foreign] == ["FreeBSD:14:aarch64"]
    assert unmet["c"].foreign == ()


def test_packages_of_any_cpu_fit() -> None:
    assert names(pool(package("a", abi="FreeBSD:14:*")).closure([dependency("a")]).packages)


# What is needed of whichever package


def library(name: str) -> Capability:
    return Capability(Kind.LIBRARY, name)


def test_libraries_and_features_are_found_by_who_provides_them() -> None:
    app = replace(package("app"), shlibs_required=("libx.so.1",), requires=("php81",))
    have = (
        app,
        replace(package("x"), shlibs_provided=("libx.so.1",)),
        replace(package("y"), shlibs_provided=("libx.so.1", "libx.so.1:32")),
        replace(package("z"), provides=("php81",)),
    )
    assert names(pool(*have).closure([dependency("app")]).packages) == ["x-1.0", "z-1.0", "app-1.0"]


def test_what_a_dependency_provides_is_not_looked_for() -> None:
    app = replace(package("app", "1.0", "y"), shlibs_required=("libx.so.1",))
    have = (
        app,
        replace(package("x"), shlibs_provided=("libx.so.1",)),
        replace(package("y"), shlibs_provided=("libx.so.1",)),
    )
    assert names(pool(*have).closure([dependency("app")]).packages) == ["y-1.0", "app-1.0"]


def test_the_base_system_has_libraries_too() -> None:
    app = replace(package("app"), shlibs_required=("libc.so.7", "libq.so.1"))

    def in_base(need: Need) -> bool:
        return need == library("libc.so.7")

    found = pool(app).closure([dependency("app")], satisfied=in_base)
    assert names(found.packages) == ["app-1.0"]
    assert [(str(unmet.need), unmet.wanted_by) for unmet in found.unmet] == [
        ("shared library libq.so.1", "app-1.0")
    ]


def test_a_formula_takes_the_first_alternative_that_there_is() -> None:
    app = replace(package("app"), dep_formula="a >= 2 | b +DOCS | c, d")
    have = (app, package("a", "1.9"), package("b"), package("c"), package("d"))
    assert names(pool(*have).closure([dependency("app")]).packages) == ["b-1.0", "d-1.0", "app-1.0"]

    def there(need: Need) -> bool:
        return isinstance(need, Choice) and any(item.name == "c" for item in need.alternatives)

    found = pool(*have).closure([dependency("app")], satisfied=there)
    assert names(found.packages) == ["d-1.0", "app-1.0"]
    unmet = pool(app).closure([dependency("app")]).unmet
    assert [str(item.need) for item in unmet] == ["a >= 2 | b +DOCS | c", "d"]


# Folders


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


def test_a_file_that_all_links_to_counts_once(tmp_path: Path) -> None:
    (tmp_path / "All/Hashed").mkdir(parents=True)
    hashed = tmp_path / "All/Hashed/a-1.0~2$abc.pkg"
    with hashed.open("wb") as output:
        write_package(package("a"), iter(()), output, format=Format.GZIP)
    (tmp_path / "All/a-1.0.pkg").symlink_to("Hashed/a-1.0~2$abc.pkg")
    assert names(read_folder(tmp_path, AMD64).packages) == ["a-1.0"]


def catalogue(folder: Path, lines: list[str], name: str = "packagesite.yaml") -> Path:
    """A catalogue as `pkg repo` lays it out, a signature included."""
    path = folder / "packagesite.tzst"
    with tarfile.open(path, "w:gz") as archive:
        for member, text in (("signature", "x"), (name, "".join(f"{line}\n" for line in lines))):
            info = tarfile.TarInfo(member)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def line(manifest: Manifest, path: Path, top: Path, **more: object) -> str:
    fields = json.loads(to_text(manifest, compact=True))
    content = path.read_bytes()
    fields |= {"path": str(path.relative_to(top)), "pkgsize": len(content)}
    return json.dumps(fields | {"sum": file_sum(io.BytesIO(content))} | more)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "All").mkdir()
    lines = []
    for name in ("a", "b"):
        path = tmp_path / f"All/{name}-1.0.pkg"
        with path.open("wb") as output:
            write_package(package(name), iter(()), output, format=Format.GZIP)
        lines.append(line(package(name), path, tmp_path))
    catalogue(tmp_path, lines)
    (tmp_path / "All/stray-1.pkg").write_bytes(b"of no catalogue")
    return tmp_path


def test_a_repository_is_what_its_catalogue_lists(repository: Path) -> None:
    found = read_folder(repository, AMD64)
    assert names(found.packages) == ["a-1.0", "b-1.0"]
    assert found.problems == ()
    for item in found.packages:
        check_against_catalogue(item)


def test_a_catalogue_of_another_name(repository: Path) -> None:
    (repository / "packagesite.tzst").rename(repository / "site.pkg")
    meta = 'version = 2;\nmanifests_archive = "site";\nmanifests = "packagesite.yaml";\n'
    (repository / "meta.conf").write_text(meta)
    assert names(read_folder(repository, AMD64).packages) == ["a-1.0", "b-1.0"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: data + b"x", "bytes, the catalogue says"),
        (lambda data: data[:-1] + b"x", "another sum than the catalogue"),
        (lambda data: None, "it is not there"),
    ],
)
def test_files_are_held_against_the_catalogue(
    repository: Path, change: Callable[[bytes], bytes | None], told: str
) -> None:
    path = repository / "All/a-1.0.pkg"
    data = change(path.read_bytes())
    if data is None:
        path.unlink()
    else:
        path.write_bytes(data)
    first, second = read_folder(repository, AMD64).packages
    with pytest.raises(PortfakeError, match=told):
        check_against_catalogue(first)
    check_against_catalogue(second)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["no json"], "no JSON"),
        (["[1]"], "no object"),
        (['{"path": "../x.pkg"}'], "no path in a repository"),
        (['{"path": "/etc/x.pkg"}'], "no path in a repository"),
        (['{"path": "x\\u0000.pkg"}'], "no path in a repository"),
        (['{"path": "x\\ud800.pkg"}'], "no path in a repository"),
        (['{"path": "a.pkg", "pkgsize": "1", "sum": "x"}'], "no size or sum"),
        (['{"path": "a.pkg", "pkgsize": 1, "sum": "-"}'], "no size or sum"),
        (['{"path": "a.pkg", "pkgsize": 1, "sum": "2$y"}'], "no name"),
        (["[" * 100_000], "no JSON"),
    ],
)
def test_catalogues_that_are_none(tmp_path: Path, lines: list[str], told: str) -> None:
    catalogue(tmp_path, lines)
    with pytest.raises(InputError, match=told):
        read_folder(tmp_path, AMD64)


def test_a_catalogue_without_a_list(tmp_path: Path) -> None:
    catalogue(tmp_path, [], "other.yaml")
    with pytest.raises(InputError, match=r"no packagesite\.yaml"):
        read_folder(tmp_path, AMD64)


@pytest.mark.judge
def test_what_pkg_repo_makes_is_read(judged: Callable[[str], str], tmp_path: Path) -> None:
    shutil.copytree(judged("PORTFAKE_PACKAGES"), tmp_path / "repository", dirs_exist_ok=True)
    top = tmp_path / "repository"
    subprocess.run([judged("PORTFAKE_PKG"), "repo", top], check=True, capture_output=True)
    found = read_folder(top, Abi.parse("FreeBSD:14:aarch64"))
    loose = {path.name for path in top.rglob("*.pkg")} - {"packagesite.pkg", "data.pkg"}
    assert {item.path.name for item in found.packages} == loose
    for item in found.packages:
        check_against_catalogue(item)
