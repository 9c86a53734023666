"""The flat database of FreeBSD 9 and older: its files, what it cannot hold, and crashes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.errors import Busy, InputError, PortfakeError, Refused
from portfake.model.manifest import Dependency, InstalledPackage, PackagedFile, Phase
from portfake.pkgdb.flat.database import FlatDatabase
from portfake.pkgdb.flat.pending import PENDING
from portfake.pkgdb.flat.record import package_of
from portfake.pkgdb.registry import database_of
from portfake.root.confined import Root
from portfake.root.ownership import Ownership
from tests.command_line import call, write_small_package
from tests.pkgdb import sample_root
from tests.pkgdb.test_contract import package, register
from tests.root.test_target import program
from tests.sample_ports import ABI

MD5 = "d41d8cd98f00b204e9800998ecf8427e"


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Root]:
    with Root(tmp_path, ownership=Ownership.RECORD) as opened:
        yield opened


@pytest.fixture
def database(root: Root) -> FlatDatabase:
    return FlatDatabase(root)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var/db/pkg"


def record(folder: Path, name: str, **files: str) -> Path:
    """As pkg_install left it."""
    made = folder / name
    made.mkdir(parents=True)
    texts = {"+COMMENT": "A package\n", "+DESC": "Text.\n\nWWW: http://example.org/\n", **files}
    head = f"@comment PKG_FORMAT_REVISION:1.1\n@name {name}\n@comment ORIGIN:misc/x\n"
    texts["+CONTENTS"] = f"{head}@cwd /usr/local\n{texts.get('+CONTENTS', '')}"
    for file, text in texts.items():
        (made / file).write_text(text)
    return made


def find(database: FlatDatabase, name: str) -> InstalledPackage:
    with database.read() as records:
        found = records.find(name)
    assert found is not None
    return found


def test_a_record_of_pkg_install(database: FlatDatabase, folder: Path) -> None:
    record(
        folder,
        "bash-4.2_1,1",
        **{
            "+CONTENTS": f"@pkgdep gettext-0.18\n@comment DEPORIGIN:devel/gettext\nbin/bash\n"
            f"@comment MD5:{MD5}\n@mode 4555\nbin/su\n@mode\n@exec echo %f\n@unexec rm %D/x\n"
            "@dirrm share/bash\n@comment OPTIONS:+DOCS\n",
            "+DISPLAY": "Enjoy.\n",
            "+INSTALL": "#!/bin/sh\necho $2\n",
            "+DEINSTALL": "echo pre\n",
            "+POST-DEINSTALL": "echo post\n",
            "+REQUIRED_BY": "other-1\n",
        },
    )
    manifest = find(database, "bash").manifest
    assert (manifest.full_name, manifest.origin) == ("bash-4.2_1,1", "misc/x")
    assert (manifest.comment, manifest.www) == ("A package", "http://example.org/")
    assert manifest.deps == (Dependency("gettext", "devel/gettext", "0.18"),)
    assert [(file.path, file.sum, file.mode) for file in manifest.files] == [
        ("/usr/local/bin/bash", f"md5${MD5}", None),
        ("/usr/local/bin/su", None, 0o4555),
    ]
    assert [each.path for each in manifest.directories] == ["/usr/local/share/bash"]
    assert manifest.options == {"DOCS": "on"}
    assert [message.text for message in manifest.messages] == ["Enjoy."]
    assert manifest.scripts == {
        Phase.INSTALL: "#!/bin/sh\necho $2\n",
        Phase.POST_INSTALL: "echo su\n",
        Phase.PRE_DEINSTALL: "echo pre\n",
        Phase.POST_DEINSTALL: "echo post\nrm /usr/local/x\n",
    }


def test_two_versions_of_one_name(database: FlatDatabase, folder: Path) -> None:
    record(folder, "automake-1.4")
    record(folder, "automake-1.9")
    record(folder, "bash-4")
    with database.read() as records:
        assert records.names() == ["automake-1.4", "automake-1.9", "bash"]


def test_half_a_package_is_told(database: FlatDatabase, folder: Path) -> None:
    (record(folder, "bash-4") / "+CONTENTS").unlink()
    with database.read() as records:
        assert records.names() == []
        assert "half there" in records.notes[0]


def test_the_files_that_are_written(database: FlatDatabase, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "usr/local/bin").mkdir(parents=True)
    (tmp_path / "usr/local/bin/demo").write_text("demo")
    (tmp_path / "usr/local/bin/link").symlink_to("demo")
    (tmp_path / "etc/mtree").mkdir(parents=True)
    (tmp_path / "etc/mtree/BSD.local.dist").write_text("/set type=dir\n")
    libdep = package("libdep", version="2.0")
    demo = package(
        "demo",
        deps=(Dependency("libdep", "misc/libdep", "2.0"),),
        files=(
            PackagedFile(path="/usr/local/bin/demo", sum="2$x", mode=0o755),
            PackagedFile(path="/usr/local/bin/link", sum="2$y", target="demo"),
        ),
        scripts={Phase.PRE_INSTALL: "echo pre\n"},
    )
    register(database, libdep, demo)
    md5 = hashlib.md5(b"demo").hexdigest()
    made = folder / "demo-1.0"
    assert (made / "+CONTENTS").read_text().splitlines() == [
        *("@comment PKG_FORMAT_REVISION:1.1", "@name demo-1.0", "@comment ORIGIN:misc/demo"),
        *("@cwd /usr/local", "@pkgdep libdep-2.0", "@comment DEPORIGIN:misc/libdep"),
        *("bin/demo", f"@comment MD5:{md5}", "bin/link", f"@comment MD5:{md5}"),
    ]
    assert (made / "+COMMENT").read_text() == "The demo package\n"
    assert (made / "+DESC").read_text().endswith("\n\nWWW: https://example.org/demo\n")
    assert (made / "+INSTALL").read_text() == "echo pre\n"
    assert (made / "+POST-INSTALL").read_text() == "#!/bin/sh\nexit 0\n"
    assert (made / "+INSTALL").stat().st_mode & 0o777 == 0o755
    assert (made / "+MTREE_DIRS").read_text() == "/set type=dir\n"
    assert made.stat().st_mode & 0o777 == 0o755
    assert (folder / "libdep-2.0/+REQUIRED_BY").read_text() == "demo-1.0\n"
    assert sorted(path.name for path in folder.iterdir()) == ["demo-1.0", "libdep-2.0"]


def test_who_needs_a_package_is_kept_up(database: FlatDatabase, folder: Path) -> None:
    libdep = (Dependency("libdep", "misc/libdep", "2.0"),)
    register(database, package("libdep", version="2.0"), package("one", deps=libdep))
    listed = folder / "libdep-2.0/+REQUIRED_BY"
    register(database, package("two", deps=libdep))
    assert listed.read_text() == "one-1.0\ntwo-1.0\n"
    register(database, package("libdep", version="2.0", comment="anew"))
    assert listed.read_text() == "one-1.0\ntwo-1.0\n"
    with database.write() as transaction:
        transaction.remove("one")
    assert listed.read_text() == "two-1.0\n"
    register(database, package("libdep", version="3.0"))
    assert (folder / "libdep-3.0/+REQUIRED_BY").read_text() == "two-1.0\n"
    assert not listed.exists()


def test_what_it_cannot_hold_is_told(database: FlatDatabase) -> None:
    demo = next(one for one in sample_root.packages() if one.manifest.name == "demo")
    assert set(database.losses(demo.manifest)) == {
        *("ABI", "categories", "licences", "maintainer", "users and groups", "annotations"),
        *("shared libraries", "provides and requires", "what is config", "Lua scripts"),
        *("when messages are shown", "owners and modes of folders"),
    }
    register(database, demo)
    assert find(database, "demo").manifest.deps == demo.manifest.deps
    with database.write() as transaction, pytest.raises(Refused, match="no marks"):
        transaction.mark("demo", locked=True)


def test_a_script_of_each_kind_is_refused(database: FlatDatabase) -> None:
    scripts = {Phase.INSTALL: "x", Phase.POST_INSTALL: "y"}
    with pytest.raises(Refused, match="script for install and one for post-install"):
        register(database, package("demo", scripts=scripts))


@pytest.mark.parametrize("steps", range(12))
def test_a_crash_leaves_the_old_state_or_the_new(
    steps: int, root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = FlatDatabase(root)
    libdep = (Dependency("libdep", "misc/libdep", "2.0"),)
    register(database, package("libdep", version="2.0"), package("gone"), package("same", "/s"))
    left = steps

    class Killed(BaseException):
        pass

    def counted(name: str) -> None:
        original = getattr(Root, name)

        def call(self: Root, *arguments: object, **named: object) -> object:
            nonlocal left
            if left == 0:
                raise Killed
            left -= 1
            return original(self, *arguments, **named)

        monkeypatch.setattr(Root, name, call)

    for name in ("rename", "unlink", "rmdir", "write", "mkdir"):
        counted(name)
    try:
        with database.write() as transaction:
            transaction.register(package("new", deps=libdep), package("same", "/t"))
            transaction.remove("gone")
    except Killed:
        pass
    monkeypatch.undo()
    states = []
    for _ in range(2):
        with Root(tmp_path, ownership=Ownership.RECORD) as again:
            with FlatDatabase(again).read() as records:
                states.append((records.names(), records.which("/s"), records.which("/t")))
            with FlatDatabase(again).write():
                pass
    assert states[0] == states[1]
    assert states[0] in (
        (["gone", "libdep", "same"], "same", None),
        (["libdep", "new", "same"], None, "same"),
    )
    assert not list((tmp_path / "var/db/pkg").glob(".portfake*"))


@pytest.mark.parametrize(
    "text",
    [
        "put\tx\ty\n",
        "put\t.portfake.x\t../y\n",
        "drop\t../../etc\n",
        "drop\t/etc\n",
        "what\n",
        "\n",
    ],
)
def test_a_pending_file_of_somebody_else(text: str, database: FlatDatabase, folder: Path) -> None:
    record(folder, "bash-4")
    (folder / PENDING.rpartition("/")[2]).write_text(text)
    with pytest.raises(InputError, match="makes no sense"), database.read():
        pass


def test_links_are_no_files(database: FlatDatabase, folder: Path, tmp_path: Path) -> None:
    made = record(folder, "bash-4")
    (made / "+DESC").unlink()
    (made / "+DESC").symlink_to(tmp_path / "secret")
    with pytest.raises(InputError, match="not a file"):
        find(database, "bash")


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"@name x\n", b"@name a-1\nx\0y\n", b"\n" * 9]
)
def test_contents_that_make_no_sense(content: bytes, database: FlatDatabase, folder: Path) -> None:
    (record(folder, "bash-4") / "+CONTENTS").write_bytes(content)
    with pytest.raises(PortfakeError):
        find(database, "bash")


LINE = st.sampled_from(
    [
        *(
            "@cwd",
            "@cwd /x",
            "@cwd ../..",
            "@name a-1",
            "bin/x",
            "@ignore",
            "@mode 9",
            "@mode 4755",
        ),
        *("@dirrm ..", "@exec %F%D%B%f%", "@comment MD5:", "@comment DEPORIGIN:", "@pkgdep", "@@"),
    ]
) | st.text(max_size=8)


@given(lines=st.lists(LINE, max_size=8), display=st.text(), script=st.none() | st.text())
def test_records_of_anything(lines: list[str], display: str, script: str | None) -> None:
    """A package or an error of portfake's own; no path but an absolute one without ``..``."""
    texts = {"+CONTENTS": "\n".join(["@name a-1", *lines]), "+DISPLAY": display}
    if script is not None:
        texts["+INSTALL"] = texts["+POST-DEINSTALL"] = script
    with suppress(PortfakeError):
        manifest = package_of(texts, time=1, where="x").manifest
        paths = [file.path for file in manifest.files]
        paths += [folder.path for folder in manifest.directories]
        assert all(path.startswith("/") and ".." not in path.split("/") for path in paths)


# Which kind a root has


def test_the_flat_kind_is_found(root: Root, folder: Path) -> None:
    record(folder, "bash-4")
    assert database_of(root).kind == "flat"
    (folder / "local.sqlite").write_bytes(b"")
    assert database_of(root).kind == "sqlite"
    assert database_of(root, "flat").kind == "flat"


@pytest.mark.parametrize(("release", "kind"), [(9, "flat"), (14, "sqlite"), (None, "sqlite")])
def test_an_empty_root_gets_the_kind_of_its_release(
    release: int | None, kind: str, root: Root, tmp_path: Path
) -> None:
    if release is not None:
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin/sh").write_bytes(program(62, release * 100_000))
    assert database_of(root).kind == kind


# The verbs


def test_verbs_on_a_flat_root(folder: Path, tmp_path: Path) -> None:
    contents = {"+CONTENTS": f"bin/x\n@comment MD5:{hashlib.md5(b'x').hexdigest()}\n"}
    record(folder, "base-1")
    record(folder, "top-1", **{"+CONTENTS": f"@pkgdep base-1\n{contents['+CONTENTS']}"})
    (folder / "base-1/+REQUIRED_BY").write_text("top-1\n")
    (tmp_path / "usr/local/bin").mkdir(parents=True)
    (tmp_path / "usr/local/bin/x").write_text("x")
    words: list[str | Path] = ["--root", tmp_path]
    assert call("info", *words, "-q").out.split() == ["base-1", "top-1"]
    assert call("info", *words, "--db", "sqlite").out == ""
    assert call("query", *words, "%n %rn").out == "base top\ntop \n"
    assert call("which", *words, "-q", "/usr/local/bin/x").out == "top-1\n"
    assert call("delete", *words, "--as-user", "base").status == 77
    gone = call("delete", *words, "--as-user", "-R", "base")
    assert gone.status == 0, gone.err
    assert not (tmp_path / "usr/local/bin/x").exists()
    assert list(folder.iterdir()) == []


def test_who_holds_it_is_told_before_writing(database: FlatDatabase, tmp_path: Path) -> None:
    assert list(database.obstacles()) == []
    register(database, package("demo", "/a"))
    with Root(tmp_path, ownership=Ownership.RECORD) as other:
        beside = FlatDatabase(other)
        assert list(beside.obstacles()) == []
        with database.write():
            assert [type(each) for each in beside.obstacles()] == [Busy]


def test_a_package_into_a_flat_root(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.mkdir()
    path = write_small_package(tmp_path, "base")
    words: list[str | Path] = [
        "install",
        "--root",
        image,
        "--as-user",
        "--abi",
        ABI,
        "--db",
        "flat",
    ]
    answer = call(*words, path)
    assert answer.status == 0, answer.err
    assert "the flat database cannot hold ABI, categories, maintainer" in answer.err
    md5 = hashlib.md5((image / "usr/local/bin/base").read_bytes()).hexdigest()
    text = (image / "var/db/pkg/base-1.0/+CONTENTS").read_text()
    assert f"bin/base\n@comment MD5:{md5}\n" in text
    assert call("query", "--root", image, "%n %Fs").out == f"base md5${md5}\n"
    again = call(*words, path)
    assert again.status == 0, again.err
    assert call("delete", "--root", image, "--as-user", "base").status == 0
    assert not list((image / "var/db/pkg").iterdir())
