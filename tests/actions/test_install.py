"""Installing into an alternate root, as a user does it."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from portfake.install.planner import make_plan
from tests.command_line import DATABASE, Scene, call, files_of, rows, snapshot
from tests.sample_ports import ABI, NATIVE, Case


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
    steps = done.documents[0]["plan"]["steps"]
    paths = {step["path"] for step in steps if step["kind"] == "place"}
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


def test_owners_are_those_of_the_root_s_own_files(empty: Scene) -> None:
    (empty.root / "etc").mkdir()
    passwd = "root:*:0:0::0:0:Charlie:/root:/bin/sh\npostbox:*:4711:4712::0:0:P:/:/bin/sh\n"
    (empty.root / "etc/master.passwd").write_text(passwd)
    (empty.root / "etc/group").write_text("wheel:*:0:root\npostbox:*:4712:\n")
    answer = empty.install("--no-deps", "mail/postbox")
    assert answer.status == 77
    assert "the user postbox is to have the id 601, in the root it is 4711" in answer.err
    answer = empty.install("--no-deps", "--force", "mail/postbox")
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


def test_another_version_replaces(scene: Scene) -> None:
    origin = scene.port(
        lines="DISTFILES=\nPLIST_FILES=\tbin/demo\nPKGNAMESUFFIX=\t-x", origin="misc/logsieve"
    )
    makefile = scene.overlay / origin / "Makefile"
    makefile.write_text(makefile.read_text().replace("PKGNAMESUFFIX=\t-x", ""))
    answer = scene.install("--no-deps", origin)
    assert answer.status == 0, answer.err
    assert "downgraded logsieve 2.0.r1,1 to logsieve-1.0 from port misc/logsieve" in answer.out
    assert files_of(scene.root) == ["/usr/local/bin/demo"]
    assert rows(scene.root, "SELECT name, version FROM packages") == [("logsieve", "1.0")]


def test_samples_are_copied_and_taken_away(empty: Scene) -> None:
    assert empty.install("--no-deps", "sysutils/logsieve").status == 0
    folder = empty.root / "usr/local/etc/logsieve"
    conf, sample = folder / "logsieve.conf", folder / "logsieve.conf.sample"
    assert conf.read_bytes() == sample.read_bytes()
    assert call("delete", "--root", empty.root, "logsieve").status == 0
    assert not folder.exists()


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

    monkeypatch.setattr("portfake.actions.planning.make_plan", changing)
    answer = scene.install("--json", "--no-deps", "misc/fieldguide")
    assert answer.status in {75, 77}
    assert (scene.root / "usr/local/bin/fieldguide").read_text() == "somebody else's"
    assert rows(scene.root, "SELECT name FROM packages") == [("logsieve",)]
