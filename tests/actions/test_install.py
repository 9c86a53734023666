"""Installing into an alternate root, as a user does it."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from portfake.install.planner import make_plan
from portfake.model.manifest import Dependency, Phase
from tests.command_line import Scene, call, snapshot, write_small_package
from tests.sample_ports import ABI, NATIVE, TREE, Case

DATABASE = "var/db/pkg/local.sqlite"
DISK_ID = Dependency("disk-id", "sysutils/disk-id", "0.9")


def rows(root: Path, query: str) -> list[tuple[Any, ...]]:
    uri = f"file:{root / DATABASE}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
        return database.execute(query).fetchall()


def files_of(root: Path) -> list[str]:
    return sorted(
        f"/{path.relative_to(root)}"
        for path in root.rglob("*")
        if (path.is_symlink() or not path.is_dir()) and "local.sqlite" not in path.name
    )


def test_files_and_record(empty: Scene) -> None:
    answer = empty.install("--no-deps", "sysutils/ec2-demo")
    assert answer.status == 0, answer.err
    assert "installed ec2-demo-1.12_1 from port sysutils/ec2-demo (8 files" in answer.out
    licences = "/usr/local/share/licenses/ec2-demo-1.12_1"
    scripts = ("configinit", "disks", "fetchkey", "loghostkey")
    assert files_of(empty.root) == [
        *(f"/usr/local/etc/rc.d/ec2demo_{name}" for name in scripts),
        "/usr/local/sbin/configinit",
        *(f"{licences}/{name}" for name in ("BSD2CLAUSE", "LICENSE", "catalog.mk")),
    ]
    assert [path for (path,) in rows(empty.root, "SELECT path FROM files ORDER BY path")] == (
        files_of(empty.root)
    )
    mode = (empty.root / "usr/local/sbin/configinit").stat().st_mode
    assert stat.S_IMODE(mode) == 0o555
    assert rows(empty.root, "SELECT name, version, origin, arch, automatic FROM packages") == [
        ("ec2-demo", "1.12_1", "sysutils/ec2-demo", ABI, 0)
    ]
    assert rows(empty.root, "PRAGMA user_version") == [(42,)]


@pytest.mark.parametrize(
    "abi",
    ["FreeBSD:14:riscv64", "FreeBSD:14:powerpc64le", "FreeBSD:15:aarch64", "FreeBSD:15:armv7"],
)
def test_any_target_that_was_released(abi: str, empty: Scene) -> None:
    empty.abi = abi
    answer = empty.install("--no-deps", "--json", "sysutils/ec2-demo")
    assert answer.status == 0, answer.err
    assert rows(empty.root, "SELECT arch FROM packages") == [(empty.abi,)]


TWICE = [
    case
    for case in NATIVE
    if case.flavor or case.origin in {"games/dungeon-maps", "misc/fieldguide", "sysutils/logsieve"}
]


@pytest.mark.parametrize("case", TWICE, ids=str)
def test_a_second_install_does_nothing(case: Case, empty: Scene) -> None:
    words = [case.full_origin, *(f"{name}={value}" for name, value in case.settings.items())]
    first = empty.install("--no-deps", *words)
    assert first.status == 0, first.err
    before = snapshot(empty.root)
    again = empty.install("--no-deps", *words)
    assert (again.status, snapshot(empty.root)) == (0, before)
    assert "is installed already" in again.out
    assert empty.install("--no-deps", "--json", *words).documents[0]["applied"] is False


def test_a_plan_changes_nothing_and_says_what_install_does(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    before = snapshot(scene.root)
    words = ["--root", scene.root, *scene.target, "--no-deps", "--json", "misc/fieldguide"]
    planned = call("plan", *words)
    dry = call("install", "--dry-run", *words)
    assert planned.status == dry.status == 0
    assert snapshot(scene.root) == before
    done = call("install", *words)
    assert done.documents[0]["applied"]
    assert not planned.documents[0]["applied"]
    assert planned.documents[0]["plan"] == dry.documents[0]["plan"] == done.documents[0]["plan"]
    paths = {file["path"] for file in done.documents[0]["plan"]["files"]}
    assert paths <= set(files_of(scene.root))


def test_a_plan_in_words(scene: Scene) -> None:
    answer = call("plan", "--root", scene.root, *scene.target, "--no-deps", "misc/fieldguide")
    assert "would install fieldguide-3.0 from port misc/fieldguide" in answer.out
    assert "  0555 root:wheel /usr/local/bin/fieldguide\n" in answer.out


def test_flavors_are_packages_of_their_own(empty: Scene) -> None:
    answer = empty.install("--no-deps", "editors/jotter@nox", "textproc/notes-lite")
    assert answer.status == 0, answer.err
    query = "SELECT name, origin FROM packages ORDER BY name"
    assert (
        rows(empty.root, query)
        == [
            ("jotter-nox", "editors/jotter"),
            ("notes-lite", "textproc/notes"),
        ]
        or rows(empty.root, query)[1][0] == "notes-lite"
    )
    query = """SELECT tag.annotation, value.annotation FROM pkg_annotation
        JOIN annotation tag ON tag.annotation_id = tag_id
        JOIN annotation value ON value.annotation_id = value_id"""
    assert ("flavor", "nox") in rows(empty.root, query)


def test_options_on_the_command_line(empty: Scene) -> None:
    answer = empty.install("--no-deps", "misc/fieldguide", "WITHOUT=DOCS EXAMPLES")
    assert answer.status == 0, answer.err
    assert not (empty.root / "usr/local/share/doc/fieldguide").exists()
    found = dict(
        rows(empty.root, "SELECT option, value FROM option JOIN pkg_option USING (option_id)")
    )
    assert found == {"DOCS": "off", "EXAMPLES": "off"}


def test_options_of_make_conf(empty: Scene, tmp_path: Path) -> None:
    (tmp_path / "make.conf").write_text("misc_fieldguide_UNSET=\tDOCS\n")
    words = ("--make-conf", tmp_path / "make.conf", "misc/fieldguide")
    assert empty.install("--no-deps", *words).status == 0
    assert not (empty.root / "usr/local/share/doc/fieldguide").exists()
    assert (empty.root / "usr/local/share/examples/fieldguide").exists()


def test_dependencies_come_first_and_are_automatic(empty: Scene) -> None:
    answer = empty.install("--json", "misc/demo-desk")
    assert answer.status == 0, answer.err
    names = [package["manifest"]["name"] for package in answer.documents[0]["plan"]["packages"]]
    assert names[-1] == "demo-desk"
    assert set(names) == {"demo-desk", "fieldguide", "jotter-nox", "notes"}
    automatic = dict(rows(empty.root, "SELECT name, automatic FROM packages"))
    assert automatic == {name: int(name != "demo-desk") for name in names}


def test_no_deps_changes_what_is_installed_never_the_record(empty: Scene) -> None:
    answer = empty.install("--no-deps", "misc/demo-desk")
    assert answer.status == 0
    assert "the root lacks notes-0.7, which is needed" in answer.err
    assert rows(empty.root, "SELECT name FROM packages") == [("demo-desk",)]
    assert rows(empty.root, "SELECT name, origin, version FROM deps ORDER BY name") == [
        ("fieldguide", "misc/fieldguide", "3.0"),
        ("jotter-nox", "editors/jotter", "3"),
        ("notes", "textproc/notes", "0.7"),
    ]


def test_an_alias_for_no_deps(empty: Scene) -> None:
    assert empty.install("-M", "misc/demo-desk").status == 0


# What must come as a package


def test_what_compiles_is_refused_by_name(empty: Scene) -> None:
    before = snapshot(empty.root)
    answer = empty.install("sysutils/ec2-demo")
    assert answer.status == 77
    assert "sysutils/disk-id (needed by sysutils/ec2-demo)" in answer.err
    assert "USES=compiler" in answer.err
    assert "--packages DIR" in answer.err
    assert "--no-deps" in answer.err
    assert snapshot(empty.root) == before


@pytest.mark.parametrize("place", ["", "All"])
def test_packages_of_the_target_come_with_it(place: str, empty: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    path = write_small_package(folder / place, "disk-id", "0.9", origin="sysutils/disk-id")
    answer = empty.install("--packages", folder, "sysutils/ec2-demo")
    assert answer.status == 0, answer.err
    assert f"disk-id-0.9: taken from {path}, unverified (no signature was checked)" in answer.err
    automatic = dict(rows(empty.root, "SELECT name, automatic FROM packages"))
    assert automatic == {"ec2-demo": 0, "disk-id": 1, "imds-get": 1}
    assert (empty.root / "usr/local/bin/disk-id").read_bytes() == b"#!/bin/sh\n"


def test_what_packages_need_comes_from_the_folder_too(empty: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    needs = (Dependency("libdisk", "devel/libdisk", "2.0"),)
    write_small_package(folder, "disk-id", "0.9", origin="sysutils/disk-id", deps=needs)
    missing = empty.install("--packages", folder, "sysutils/ec2-demo")
    assert missing.status == 66
    assert "disk-id-0.9 needs libdisk-2.0" in missing.err
    write_small_package(folder, "libdisk", "2.0", origin="devel/libdisk")
    assert empty.install("--packages", folder, "sysutils/ec2-demo").status == 0
    assert len(rows(empty.root, "SELECT name FROM packages")) == 4


def test_packages_of_another_cpu_are_refused(empty: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    path = write_small_package(
        folder, "disk-id", "0.9", origin="sysutils/disk-id", abi="FreeBSD:14:aarch64"
    )
    error = empty.refused("--packages", folder, "sysutils/disk-id", status=77)
    wanted = f"{path} is a package for FreeBSD:14:aarch64, wanted is {ABI}"
    assert error["error"] == wanted
    answer = empty.install("--packages", folder, "sysutils/ec2-demo")
    assert answer.status == 77
    assert wanted in answer.err


def test_a_package_file_by_its_path(empty: Scene, tmp_path: Path) -> None:
    path = write_small_package(tmp_path, "tool", scripts={Phase.POST_INSTALL: "echo hello"})
    answer = empty.install("--json", path)
    assert answer.status == 0, answer.err
    assert rows(empty.root, "SELECT name, automatic FROM packages") == [("tool", 0)]
    (entry,) = answer.documents[0]["plan"]["ledger"]
    assert (entry["phase"], entry["state"], entry["text"]) == (
        *("post-install", "deferred"),
        "echo hello",
    )


@pytest.mark.parametrize("abi", ["FreeBSD:15:amd64", "FreeBSD:14:riscv64"])
def test_a_package_file_of_another_system(abi: str, empty: Scene, tmp_path: Path) -> None:
    path = write_small_package(tmp_path, "tool", abi=abi)
    error = empty.refused(path, status=77)
    assert str(path) in f"{error['where']} {error['error']}"
    assert abi in error["error"]
    assert ABI in error["error"]


@pytest.mark.parametrize("abi", ["FreeBSD:14:*", ABI])
def test_a_package_for_every_cpu(abi: str, empty: Scene, tmp_path: Path) -> None:
    assert empty.install(write_small_package(tmp_path, "tool", abi=abi)).status == 0


@pytest.mark.parametrize("content", [b"", b"no package", b"\x1f\x8b\x08\0"])
def test_a_broken_package_file(content: bytes, empty: Scene, tmp_path: Path) -> None:
    path = tmp_path / "tool-1.0.pkg"
    path.write_bytes(content)
    error = empty.refused(path, status=65)
    assert error["where"] == str(path)


def test_a_package_file_that_is_cut(empty: Scene, tmp_path: Path) -> None:
    path = write_small_package(tmp_path, "tool", files={"/usr/local/bin/tool": os.urandom(50_000)})
    path.write_bytes(path.read_bytes()[:-4000])
    assert str(path) in empty.refused(path, status=65)["where"]


def test_a_package_whose_file_is_not_what_it_says(empty: Scene, tmp_path: Path) -> None:
    path = write_small_package(tmp_path, "tool")
    spoiled = gzip.decompress(path.read_bytes()).replace(b"#!/bin/sh\n", b"#!/bin/xx\n")
    path.write_bytes(gzip.compress(spoiled))
    error = empty.refused(path, status=65)
    assert "/usr/local/bin/tool" in error["error"]


def test_a_missing_package_file(empty: Scene, tmp_path: Path) -> None:
    error = empty.refused(tmp_path / "none-1.pkg", status=66)
    assert error["where"] == str(tmp_path / "none-1.pkg")


def test_a_missing_folder_of_packages(empty: Scene, tmp_path: Path) -> None:
    error = empty.refused("--packages", tmp_path / "none", "misc/fieldguide", status=66)
    assert error["where"] == str(tmp_path / "none")


# What the port itself forbids

OWN_TEXT = {
    "emulators/vaxbox": "vaxbox-0.1 needs the ROM of a machine that nobody has any more",
    "games/dungeon-maps": "dungeon-maps-5 License MAPMAKER needs confirmation",
    "net/gopherhole": "gopherhole-1.9 is marked as broken: listens on a port that is taken",
    "security/rot13d": "rot13d-13 is forbidden: everybody can read what it encrypts",
}

PERMITS = [
    ("net/gopherhole", "TRYBROKEN", "yes"),
    ("net/gopherhole", "NO_IGNORE", "yes"),
    ("security/rot13d", "NO_IGNORE", "yes"),
    ("emulators/vaxbox", "NO_IGNORE", "yes"),
    ("games/dungeon-maps", "LICENSES_ACCEPTED", "OTHER MAPMAKER"),
    ("games/dungeon-maps", "DISABLE_LICENSES", "yes"),
]

PERMITS_NOTHING = [
    ("security/rot13d", "TRYBROKEN", "yes"),
    ("emulators/vaxbox", "TRYBROKEN", "yes"),
    ("games/dungeon-maps", "LICENSES_ACCEPTED", "EULA"),
    ("games/dungeon-maps", "TRYBROKEN", "yes"),
]


@pytest.mark.parametrize("origin", OWN_TEXT)
def test_a_port_is_refused_with_its_own_text(origin: str, empty: Scene) -> None:
    error = empty.refused(origin, status=77)
    assert OWN_TEXT[origin] in error["error"]
    assert error["where"] == origin


@pytest.mark.parametrize(("origin", "name", "value"), PERMITS)
def test_a_permission_as_a_word(origin: str, name: str, value: str, empty: Scene) -> None:
    answer = empty.install("--no-deps", origin, f"{name}={value}")
    assert answer.status == 0, answer.err


@pytest.mark.parametrize(("origin", "name", "value"), PERMITS[::2])
def test_a_permission_in_the_environment(
    origin: str, name: str, value: str, empty: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    answer = empty.install("--no-deps", origin)
    assert answer.status == 0, answer.err


@pytest.mark.parametrize(("origin", "name", "value"), PERMITS_NOTHING)
def test_a_permission_for_something_else(origin: str, name: str, value: str, empty: Scene) -> None:
    assert OWN_TEXT[origin] in empty.refused(origin, f"{name}={value}", status=77)["error"]


def test_other_variables_of_the_caller_are_not_seen(
    empty: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTVERSION", "99")
    monkeypatch.setenv("IGNORE", "because")
    monkeypatch.setenv("WITHOUT", "DOCS")
    assert empty.install("--no-deps", "misc/fieldguide").status == 0
    assert rows(empty.root, "SELECT version FROM packages") == [("3.0",)]
    assert (empty.root / "usr/local/share/doc/fieldguide").exists()


# Owners, times, what is there already


def test_owners_are_those_of_the_root_s_own_files(empty: Scene) -> None:
    (empty.root / "etc").mkdir()
    passwd = "root:*:0:0::0:0:Charlie:/root:/bin/sh\npostbox:*:4711:4712::0:0:P:/:/bin/sh\n"
    (empty.root / "etc/master.passwd").write_text(passwd)
    (empty.root / "etc/group").write_text("wheel:*:0:root\npostbox:*:4712:\n")
    answer = empty.install("--no-deps", "mail/postbox")
    assert answer.status == 0, answer.err
    spool = (empty.root / "var/spool/postbox").stat()
    assert (spool.st_uid, spool.st_gid) == (4711, 4712)


def test_the_time_of_the_install(empty: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert empty.install("--no-deps", "textproc/notes").status == 0
    assert rows(empty.root, "SELECT time FROM packages") == [(1_700_000_000,)]
    made = [(empty.root / path[1:]).lstat().st_mtime for path in files_of(empty.root)]
    assert max(made) <= 1_700_000_000


def test_the_same_source_date_gives_the_same_root(
    empty: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    other = tmp_path / "other"
    other.mkdir()
    assert empty.install("--no-deps", "misc/fieldguide").status == 0
    assert empty.install("--no-deps", "misc/fieldguide", root=other).status == 0
    for path in files_of(empty.root):
        one, two = empty.root / path[1:], other / path[1:]
        assert one.lstat().st_mtime == two.lstat().st_mtime
        assert one.is_symlink() or one.read_bytes() == two.read_bytes()
    dump = "SELECT * FROM packages", "SELECT * FROM files", "SELECT * FROM pkg_directories"
    for query in dump:
        assert rows(empty.root, query) == rows(other, query)


@pytest.mark.parametrize("value", ["now", "-1", "1e9", "\u0661"])
def test_a_source_date_that_is_none(
    value: str, empty: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    assert "SOURCE_DATE_EPOCH" in empty.refused("misc/fieldguide", status=64)["error"]


def test_a_file_in_the_way_is_kept_with_force(empty: Scene) -> None:
    path = empty.root / "usr/local/bin/fieldguide"
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    answer = empty.install("--no-deps", "--force", "misc/fieldguide")
    assert answer.status == 0, answer.err
    assert path.with_suffix(".pkgsave").read_text() == "mine"
    assert path.read_bytes().startswith(b"#!")


def test_another_version_does_not_replace(scene: Scene) -> None:
    origin = scene.port(
        lines="DISTFILES=\nPLIST_FILES=\tbin/demo\nPKGNAMESUFFIX=\t-x", origin="misc/logsieve"
    )
    makefile = scene.overlay / origin / "Makefile"
    makefile.write_text(makefile.read_text().replace("PKGNAMESUFFIX=\t-x", ""))
    error = scene.refused(origin, status=77)
    assert error["error"] == "logsieve-2.0.r1,1 is installed, logsieve-1.0 would replace it"


def test_scripts_are_named_and_not_run(empty: Scene) -> None:
    answer = empty.install("--no-deps", "sysutils/logsieve")
    assert answer.status == 0
    assert not (empty.root / "usr/local/etc/logsieve/logsieve.conf").exists()
    assert (empty.root / "usr/local/etc/logsieve/logsieve.conf.sample").exists()
    assert "logsieve-2.0.r1,1: post-install script not run" in answer.err


def test_quiet(empty: Scene) -> None:
    assert empty.install("--quiet", "--no-deps", "sysutils/logsieve").err == ""


def test_overlays_come_before_the_tree(empty: Scene) -> None:
    empty.port(origin="misc/fieldguide")
    assert empty.install("--no-deps", "misc/fieldguide").status == 0
    assert rows(empty.root, "SELECT name, version FROM packages") == [("fieldguide", "1.0")]


def test_the_work_folder_is_where_it_was_asked_for(
    empty: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = empty.refused("--workdir", tmp_path / "none", "misc/fieldguide", status=66)
    assert str(tmp_path / "none") in error["where"]
    (tmp_path / "work").mkdir()
    assert empty.install("--workdir", tmp_path / "work", "-M", "misc/fieldguide").status == 0
    assert list((tmp_path / "work").iterdir()) == []


def test_json_is_one_document_and_whole(empty: Scene) -> None:
    answer = empty.install("--json", "--no-deps", "sysutils/ec2-demo")
    (line,) = answer.out.splitlines()
    document = json.loads(line)
    assert document["schema_version"] == 1
    assert document["plan"]["missing"] == ["disk-id-0.9", "imds-get-2.1"]
    assert document["plan"]["abi"] == ABI


def test_disk_id_by_its_package_alone(empty: Scene, tmp_path: Path) -> None:
    write_small_package(tmp_path / "p", DISK_ID.name, DISK_ID.version, origin=DISK_ID.origin)
    answer = empty.install("--packages", tmp_path / "p", DISK_ID.origin)
    assert answer.status == 0, answer.err
    assert rows(empty.root, "SELECT name, automatic FROM packages") == [("disk-id", 0)]


def test_a_folder_of_a_package_gets_its_attributes_whoever_made_it(empty: Scene) -> None:
    """As pkg-add(8): one that was there before too."""
    (empty.root / "usr/local/share/there").mkdir(parents=True)
    origin = empty.port(
        "${MKDIR} ${STAGEDIR}${PREFIX}/share/there ${STAGEDIR}${PREFIX}/share/new\n"
        "${ECHO_CMD} x > ${STAGEDIR}${PREFIX}/share/new/file",
        lines="DISTFILES=",
        files={
            "pkg-plist": "share/new/file\n@dir(root,wheel,0700) share/there\n"
            "@dir(root,wheel,02710) share/new\n"
        },
    )
    assert empty.install(origin).status == 0
    modes = {
        name: stat.S_IMODE((empty.root / "usr/local/share" / name).stat().st_mode)
        for name in ("there", "new")
    }
    assert modes == {"there": 0o700, "new": 0o2710}


def test_names_need_not_be_utf_8(empty: Scene) -> None:
    origin = empty.port(
        "${PRINTF} 'x' > ${STAGEDIR}${PREFIX}/share/na\u00efve",
        lines="DISTFILES=",
        files={"pkg-plist": "share/na\u00efve\n"},
    )
    for name in ("Makefile", "pkg-plist"):
        path = empty.overlay / origin / name
        path.write_bytes(path.read_bytes().replace("\u00ef".encode(), b"\xef"))
    answer = empty.install(origin)
    assert answer.status == 0, answer.err
    path = empty.root / os.fsdecode(b"usr/local/share/na\xefve")
    assert path.read_bytes() == b"x"
    assert call("which", "--root", empty.root, f"/usr/local/share/{path.name}").status == 0
    assert call("delete", "--root", empty.root, "demo").status == 0
    assert not path.exists()


def test_hard_links_stay_hard_links(empty: Scene) -> None:
    origin = empty.port(
        "${ECHO_CMD} x > ${STAGEDIR}${PREFIX}/bin/one\n"
        "${LN} ${STAGEDIR}${PREFIX}/bin/one ${STAGEDIR}${PREFIX}/bin/two",
        lines="DISTFILES=\nPLIST_FILES=\tbin/one bin/two",
    )
    answer = empty.install(origin)
    assert answer.status == 0, answer.err
    one, two = ((empty.root / "usr/local/bin" / name).stat() for name in ("one", "two"))
    assert (one.st_ino, one.st_nlink) == (two.st_ino, 2)


# Dependencies of every kind


def dependent(scene: Scene, name: str, *needed: str) -> str:
    """A port that installs a file and runs with others."""
    words = " ".join(f"/nonexistent/{origin}:{origin}" for origin in needed)
    return scene.port(
        f"${{ECHO_CMD}} x > ${{STAGEDIR}}${{PREFIX}}/bin/{name}",
        lines=f"DISTFILES=\nPLIST_FILES=\tbin/{name}\nRUN_DEPENDS=\t{words}",
        origin=f"misc/{name}",
    )


def merge(scene: Scene) -> None:
    """Put the ports of one's own into a tree: recipes of the sample framework know no overlays."""
    tree = scene.folder / "tree"
    shutil.copytree(TREE, tree)
    shutil.copytree(scene.overlay, tree, dirs_exist_ok=True)
    scene.tree = tree


def test_ports_that_need_each_other(empty: Scene) -> None:
    dependent(empty, "one", "misc/two")
    dependent(empty, "two", "misc/three")
    dependent(empty, "three", "misc/one")
    merge(empty)
    answer = empty.install("--json", "misc/one")
    assert answer.status == 0, answer.err
    automatic = dict(rows(empty.root, "SELECT name, automatic FROM packages"))
    assert automatic == {"one": 0, "two": 1, "three": 1}


def test_a_dependency_with_a_reason_of_its_own(empty: Scene) -> None:
    dependent(empty, "one", "net/gopherhole", "emulators/vaxbox")
    answer = empty.install("--json", "misc/one")
    assert answer.status == 77
    assert [error["where"] for error in answer.errors] == [
        "net/gopherhole (needed by misc/one)",
        "emulators/vaxbox (needed by misc/one)",
    ]
    assert "listens on a port that is taken" in answer.errors[0]["error"]


def test_a_dependency_that_is_no_port(empty: Scene) -> None:
    dependent(empty, "one", "misc/fieldguid")
    answer = empty.install("--json", "misc/one")
    assert answer.status == 66
    (error,) = answer.errors
    wanted = "misc/one needs /nonexistent/misc/fieldguid, but no port misc/fieldguid in this tree"
    assert error["error"] == wanted
    assert error["hint"] == "did you mean misc/fieldguide?"


def test_what_is_installed_already_is_not_installed_again(empty: Scene) -> None:
    assert empty.install("-M", "textproc/notes").status == 0
    dependent(empty, "one", "textproc/notes")
    answer = empty.install("--json", "misc/one")
    assert answer.status == 0, answer.err
    names = [package["manifest"]["name"] for package in answer.documents[0]["plan"]["packages"]]
    assert names == ["one"]
    assert dict(rows(empty.root, "SELECT name, automatic FROM packages"))["notes"] == 0


def test_what_is_asked_for_and_needed_is_not_automatic(empty: Scene) -> None:
    dependent(empty, "one", "misc/two")
    dependent(empty, "two")
    merge(empty)
    assert empty.install("misc/one", "misc/two").status == 0
    assert dict(rows(empty.root, "SELECT name, automatic FROM packages")) == {"one": 0, "two": 0}


def test_a_file_that_is_asked_for_and_needed_is_not_automatic(empty: Scene, tmp_path: Path) -> None:
    base = write_small_package(tmp_path, "base")
    top = write_small_package(tmp_path, "top", deps=(Dependency("base", "misc/base", "1.0"),))
    assert empty.install("--packages", tmp_path, top, base).status == 0
    assert dict(rows(empty.root, "SELECT name, automatic FROM packages")) == {"top": 0, "base": 0}


def test_what_the_base_system_has_is_noted(empty: Scene) -> None:
    origin = empty.port(lines="DISTFILES=\nPLIST_FILES=\tbin/demo\nRUN_DEPENDS=\tnc:textproc/notes")
    answer = empty.install(origin)
    assert answer.status == 0
    assert "the base system has nc, so textproc/notes is not recorded" in answer.err
    assert rows(empty.root, "SELECT name FROM deps") == []


def test_a_patch_is_refused_where_it_would_be_applied(empty: Scene) -> None:
    origin = empty.port(files={"files/patch-demo": "--- a\n+++ b\n"})
    error = empty.refused(origin, status=77)
    assert "patch" in error["error"]
    assert "do-patch.sh:" in error["where"]


# All or nothing


def test_an_error_while_installing_takes_everything_back(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", "/usr/local/bin/fieldguide")

    def content() -> dict[str, object]:
        """All but times, and but the database, whose lock rows were written."""
        return {
            path: (mode, inode, uid, gid, digest)
            for path, (mode, inode, _, uid, gid, _, digest) in snapshot(scene.root).items()
            if path != DATABASE
        }

    before = content()
    with monkeypatch.context() as patched:
        patched.setattr("portfake.pkgdb.sqlite.writer.SqliteTransaction.register", fail)
        answer = scene.install("--json", "--no-deps", "misc/fieldguide")
    assert answer.status == 74
    assert answer.errors[0]["error"] == "No space left on device"
    assert content() == before
    assert rows(scene.root, "SELECT name FROM packages") == [("logsieve",)]
    assert scene.install("--no-deps", "misc/fieldguide").status == 0


def test_a_root_that_changes_meanwhile_is_left_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan is made again once the database is held."""

    def changing(*arguments: Any) -> Any:
        plan = make_plan(*arguments)
        (scene.root / "usr/local/bin/fieldguide").write_text("somebody else's")
        return plan

    monkeypatch.setattr("portfake.actions.install.make_plan", changing)
    answer = scene.install("--json", "--no-deps", "misc/fieldguide")
    assert answer.status in {75, 77}
    assert (scene.root / "usr/local/bin/fieldguide").read_text() == "somebody else's"
    assert rows(scene.root, "SELECT name FROM packages") == [("logsieve",)]
