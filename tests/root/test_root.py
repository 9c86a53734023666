"""What Root itself promises: names of any bytes and length, special files, policies, errors."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from portfake.errors import InputError, NotFound
from portfake.limits import LimitExceeded, Limits
from portfake.model.entry import EntryType
from portfake.root import c_library
from portfake.root.confined import Root
from portfake.root.ownership import Ownership


@pytest.fixture(autouse=True)
def _never_blocks() -> Iterator[None]:
    """A test that waits on a fifo or a device fails instead of standing still."""

    def complain(*_: object) -> None:
        raise AssertionError("an operation blocked")

    signal.signal(signal.SIGALRM, complain)
    signal.alarm(20)
    yield
    signal.alarm(0)


def raised(number: int) -> pytest.RaisesExc[OSError]:
    return pytest.raises(OSError, check=lambda error: error.errno == number)


class TestOpening:
    def test_a_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match="no such folder"):
            Root(tmp_path / "none", ownership=Ownership.RECORD)

    def test_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(InputError, match="has to be a folder"):
            Root(tmp_path / "file", ownership=Ownership.RECORD)

    def test_it_lets_go_of_everything(self, base: Path) -> None:
        before = set(Path("/dev/fd").iterdir())
        with Root(base, ownership=Ownership.RECORD) as root:
            root.makedirs("/a/b/c")
            folder = root.folder("/a/b")
        del folder
        assert set(Path("/dev/fd").iterdir()) == before

    def test_the_machine_itself_is_told_by_device_and_inode(self, base: Path) -> None:
        with Root("/", ownership=Ownership.RECORD, read_only=True) as root:
            assert root.is_running_system()
        with Root("/./proc/self/root", ownership=Ownership.RECORD, read_only=True) as root:
            assert root.is_running_system()
        with Root(base, ownership=Ownership.RECORD) as root:
            assert not root.is_running_system()
            root.makedirs("/usr")
            assert not root.is_running_system()


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "plain",
            "sp ace",
            "new\nline",
            "ünïcødé",
            "\udcff\udc80",
            "x" * 255,
            "é" * 127,
            "-",
            "*?[",
        ],
    )
    def test_any_bytes_make_a_name(self, root: Root, base: Path, name: str) -> None:
        root.mkdir("/in")
        root.write(f"/in/{name}", [b"content"])
        root.symlink(name, "/in/link")
        root.link(f"/in/{name}", "/in/hard")
        assert root.read("/in/link") == b"content"
        assert root.realpath("/in/link") == f"/in/{name}"
        assert name in root.listdir("/in")
        assert f"/in/{name}" in root.walk()
        assert os.fsencode(base) + b"/in/" + name.encode("utf-8", "surrogateescape") in [
            os.fsencode(path) for path in (base / "in").iterdir()
        ]

    def test_byte_order(self, root: Root) -> None:
        for name in ("é", "z", "\udcff", "a", "Z", "\U0001f600"):
            root.write(f"/{name}", [])
        assert root.listdir("/") == ["Z", "a", "z", "é", "\U0001f600", "\udcff"]

    @pytest.mark.parametrize("path", ["/x" + "y" * 255, "/dir/" + "é" * 128])
    def test_longer_than_the_system_allows(self, root: Root, path: str) -> None:
        root.mkdir("/dir")
        with raised(errno.ENAMETOOLONG):
            root.write(path, [])
        with raised(errno.ENAMETOOLONG):
            root.read(path + "/below")

    @pytest.mark.parametrize("path", ["/nul\0", "/nul\0/x", "/\ud800", "relative", "../up"])
    def test_what_no_file_can_be_called(self, root: Root, path: str) -> None:
        for act in (root.read, root.mkdir, root.unlink, root.listdir, root.realpath):
            with raised(errno.EINVAL):
                act(path)
        with raised(errno.EINVAL):
            root.symlink("nul\0" if "nul" in path else path.replace("relative", "\0"), "/l\0")

    def test_deeper_than_path_max(self, root: Root, base: Path) -> None:
        deep = "".join(f"/{number:0255}" for number in range(40))
        assert len(deep) > 2 * 4096
        assert len(root.makedirs(deep)) == 40
        root.write(deep + "/f", [b"deep"])
        root.symlink("f", deep + "/link")
        assert root.read(deep + "/link") == b"deep"
        assert root.realpath(deep + "/link") == deep + "/f"
        assert root.read(deep + "/.." * 39 + deep[256:] + "/f") == b"deep"
        listing = root.walk(digest=True)
        assert listing[deep + "/f"].digest == hashlib.sha256(b"deep").hexdigest()
        root.rename(deep + "/f", "/f")
        assert root.read("/f") == b"deep"
        shutil.rmtree(base / ("0" * 255))


class TestSpecialFiles:
    """Reading refuses what is no regular file, and never opens it."""

    @pytest.fixture(params=["fifo", "socket", "char", "block"])
    def special(self, base: Path, request: pytest.FixtureRequest) -> str:
        path = base / "special"
        match request.param:
            case "fifo":
                os.mkfifo(path)
            case "socket":
                bound = socket.socket(socket.AF_UNIX)
                here = Path.cwd()
                os.chdir(base)
                bound.bind("special")
                os.chdir(here)
                bound.close()
            case kind:
                if os.geteuid() != 0:
                    pytest.skip("mknod(2) needs uid 0")
                bits = 0o020600 if kind == "char" else 0o060600
                # Device 0,0 does not exist: to open it fails, or worse.
                os.mknod(path, bits, os.makedev(0, 0))
        return str(request.param)

    def test_it_is_seen_as_what_it_is(self, root: Root, special: str) -> None:
        entry = root.stat("/special")
        assert entry is not None
        assert entry.type is EntryType(special)
        assert root.walk(digest=True)["/special"].digest is None

    def test_it_is_not_read_or_written(self, root: Root, base: Path, special: str) -> None:
        (base / "link").symlink_to("special")
        for path in ("/special", "/link"):
            with raised(errno.EINVAL):
                root.read(path)
            with raised(errno.EINVAL):
                root.open(path)
            with raised(errno.EINVAL):
                root.write(path, [b"x"])
        with raised(errno.ENOTDIR):
            root.read("/special/x")

    def test_swapped_in_after_the_look(
        self, root: Root, base: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root.write("/f", [b"x"])
        os.mkfifo(base / "fifo")
        real_open = os.open

        def swap_then_open(path: bytes, flags: int, mode: int = 0o777, **where: int) -> int:
            if path == b"f":
                (base / "fifo").rename(base / "f")
            return real_open(path, flags, mode, **where)

        monkeypatch.setattr(os, "open", swap_then_open)
        with raised(errno.EINVAL):
            root.read("/f")

    def test_folders_are_not_read(self, root: Root) -> None:
        with raised(errno.EISDIR):
            root.read("/")
        with raised(errno.EISDIR):
            root.write("/", [b"x"])


class TestErrors:
    def test_an_error_names_the_path_that_was_asked_for(self, root: Root) -> None:
        root.makedirs("/a/b")
        with pytest.raises(FileNotFoundError) as caught:
            root.read("/a/b/missing")
        assert caught.value.filename == "/a/b/missing"
        with pytest.raises(FileNotFoundError) as caught:
            root.rename("/a/x", "/a/y")
        assert (caught.value.filename, caught.value.filename2) == ("/a/x", "/a/y")

    def test_what_is_below_a_file_does_not_exist(self, root: Root) -> None:
        root.write("/f", [])
        assert root.stat("/f/x") is None
        assert root.stat("/none/x") is None
        with raised(errno.ENOTDIR):
            root.read("/f/x")

    def test_too_much_to_be_read_at_once(self, base: Path) -> None:
        (base / "big").write_bytes(b"x" * 11)
        with Root(base, ownership=Ownership.RECORD, limits=Limits(text=10)) as root:
            with pytest.raises(LimitExceeded, match="10 bytes"):
                root.read("/big")
            with root.open("/big") as file:
                assert len(file.read()) == 11


class TestOwnership:
    def test_record_keeps_owners_and_set_id_bits_off_the_disk(self, base: Path) -> None:
        with Root(base, ownership=Ownership.RECORD) as root:
            root.write("/f", [b"x"], mode=0o4555)
            root.chown("/f", "games", None)
            root.mkdir("/d", 0o1700)
            root.chmod("/d", 0o0)
            root.link("/f", "/g")
            root.rename("/f", "/h")
            entry = root.stat("/h")
            assert entry is not None
            assert (entry.mode, entry.owner, entry.group) == (0o4555, "games", "wheel")
            assert root.walk()["/d"].mode == 0
            assert root.listdir("/d") == []
            on_disk = (base / "h").stat()
            assert (on_disk.st_mode & 0o7777, on_disk.st_uid) == (0o755, os.geteuid())
            assert (base / "d").stat().st_mode & 0o700 == 0o700

    def test_a_record_ends_with_its_object(self, base: Path) -> None:
        with Root(base, ownership=Ownership.RECORD) as root:
            for _ in range(20):  # file systems give a freed inode to the next file
                root.write("/f", [])
                root.chown("/f", "games", "games")
                root.unlink("/f")
                (base / "other").touch()
                entry = root.stat("/other")
                assert entry is not None
                assert entry.owner is None
                (base / "other").unlink()

    @pytest.mark.skipif(os.geteuid() != 0, reason="chown(2) to others needs uid 0")
    def test_apply_uses_the_roots_own_names(self, base: Path) -> None:
        (base / "etc").mkdir()
        (base / "etc/passwd").write_text("daemon:*:7:7::/:/x\n")
        (base / "etc/master.passwd").write_text(
            "# $FreeBSD$\nroot:*:0:0::0:0:Charlie &:/root:/bin/sh\nodd:*:4242:4343::0:0::/:/x\n"
        )
        (base / "etc/group").write_text("wheel:*:0:root\nstrange:*:4444:\n")
        with Root(base, ownership=Ownership.APPLY) as root:
            root.write("/f", [], mode=0o2755)
            root.chown("/f", "odd", "strange")
            status = (base / "f").stat()
            assert (status.st_uid, status.st_gid) == (4242, 4444)
            entry = root.stat("/f")
            assert entry is not None
            assert (entry.owner, entry.group) == ("odd", "strange")
            with pytest.raises(NotFound, match="no user 'daemon'") as caught:
                root.chown("/f", "daemon", None)
            assert "never on this machine" in (caught.value.hint or "")
            with pytest.raises(NotFound, match="no group 'daemon'"):
                root.chown("/f", None, "daemon")
            root.chown("/f", "root", "wheel")
            assert (base / "f").stat().st_gid == 0

    def test_a_bad_line_matters_when_a_name_is_asked_for(self, base: Path) -> None:
        (base / "etc").mkdir()
        (base / "etc/passwd").write_text("odd:*:x:0::/:/x\n")
        with Root(base, ownership=Ownership.APPLY) as root:
            root.write("/f", [])
            assert (root.accounts.uid("root"), root.accounts.user(0)) == (0, "root")
            with pytest.raises(InputError, match="/etc/passwd:1: 'x' is no id"):
                root.chown("/f", "odd", None)

    def test_root_and_wheel_need_no_files(self, base: Path) -> None:
        with Root(base, ownership=Ownership.APPLY) as root:
            assert (root.accounts.uid("root"), root.accounts.gid("wheel")) == (0, 0)
            assert (root.accounts.user(0), root.accounts.group(0)) == ("root", "wheel")
            assert root.accounts.user(12) == "12"
            with pytest.raises(NotFound):
                root.accounts.uid("nobody")

    def test_modes_are_exact_whatever_the_umask(self, applied: Root, base: Path) -> None:
        before = os.umask(0o077)
        try:
            applied.write("/f", [], mode=0o4777)
            applied.mkdir("/d", 0o1777)
        finally:
            os.umask(before)
        assert (base / "f").stat().st_mode & 0o7777 == 0o4777
        assert (base / "d").stat().st_mode & 0o7777 == 0o1777

    def test_a_symlink_is_left_alone(self, root: Root, base: Path) -> None:
        root.write("/f", [], mode=0o600)
        root.symlink("f", "/l")
        root.chmod("/l", 0o777, follow=False)
        root.utime("/l", 5, follow=False)
        entry = root.stat("/f")
        link = root.stat("/l", follow=False)
        assert entry is not None
        assert link is not None
        assert (entry.mode, link.mtime) == (0o600, 5)
        assert entry.mtime != 5


def test_named(root: Root) -> None:
    root.write("/f", [b""])
    assert root.named("/f") == (root.stat("/f"), None)
    root.link("/f", "/g")
    root.symlink("f", "/l")
    assert root.named("/g") == (root.stat("/g"), root.identity("/f"))
    for single in ("/l", "/"):
        assert root.named(single) == (root.stat(single, follow=False), None)
    assert root.named("/none") == root.named("/f/none") == (None, None)


def test_link_count(root: Root) -> None:
    root.write("/f", [])
    root.link("/f", "/g")
    root.symlink("f", "/l")
    assert [root.link_count(path) for path in ("/f", "/g", "/l")] == [2, 2, 1]
    with raised(errno.ENOENT):
        root.link_count("/none")


def test_makedirs_tells_what_it_made(root: Root, base: Path) -> None:
    root.makedirs("/usr/share")
    root.symlink("/usr/share", "/link")
    assert root.makedirs("/link/a/b", 0o700) == ["/link/a", "/link/a/b"]
    assert root.makedirs("/link/a/b") == []
    assert (base / "usr/share/a/b").stat().st_mode & 0o777 == 0o700
    root.write("/file", [])
    with raised(errno.ENOTDIR):
        root.makedirs("/file/x")
    with raised(errno.ENOTDIR):
        root.makedirs("/file")


class TestSync:
    @pytest.fixture(autouse=True)
    def _files(self, root: Root) -> None:
        root.makedirs("/a/b")
        root.write("/a/b/f", [b"x"])
        root.symlink("f", "/a/b/l")

    def test_by_file_system_on_linux(self, root: Root) -> None:
        root.sync(["/a/b/f", "/a/b/l", "/a/b", "/"])
        with raised(errno.ENOENT):
            root.sync(["/none/f"])

    def test_by_file_and_folder_elsewhere(
        self, root: Root, base: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        synced = []
        monkeypatch.setattr(c_library, "has", lambda name: False)
        monkeypatch.setattr(os, "fsync", lambda fd: synced.append(os.fstat(fd).st_ino))
        os.mkfifo(base / "a/b/p")
        root.sync(["/a/b/f", "/a/b/l", "/a/b/p", "/a/b/gone", "/a"])
        wanted = [base / "a/b/f", base, base / "a", base / "a/b"]
        assert synced == [path.stat().st_ino for path in wanted]
        with raised(errno.ENOENT):
            root.sync(["/none/f"])
