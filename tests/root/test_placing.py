"""place: an object complete under a temporary name, then renamed, or gone without a trace."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from portfake.errors import InputError, NotFound, Refused
from portfake.model.entry import Entry, EntryType
from portfake.root import placing
from portfake.root.confined import Root
from portfake.root.placing import is_temporary

# Only root may give files away, to root too.
OWNER = {"owner": "root", "group": "wheel"} if os.geteuid() == 0 else {}
TEXT = b"#!/bin/sh\necho hello\n"


def entry(path: str = "/dir/f", **fields: object) -> Entry:
    known = {"type": EntryType.FILE, "mode": 0o755, **OWNER, **fields}
    return Entry(path=path, **known)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _dir(base: Path) -> None:
    (base / "dir").mkdir()


def names(base: Path) -> list[str]:
    return sorted(path.name for path in (base / "dir").iterdir())


def test_nothing_bears_the_name_before_commit(root: Root, base: Path) -> None:
    placed = root.place(entry(mode=0o4551, mtime=86400, size=len(TEXT)), io.BytesIO(TEXT))
    assert not (base / "dir/f").exists()
    assert placed.path == "/dir/f"
    assert is_temporary(placed.temporary.removeprefix("/dir/"))
    assert root.read(placed.temporary) == TEXT
    placed.commit()
    assert names(base) == ["f"]
    seen = root.stat("/dir/f")
    assert seen is not None
    assert (seen.mode, seen.mtime, seen.size) == (0o4551, 86400, len(TEXT))
    if OWNER:
        assert (seen.owner, seen.group) == ("root", "wheel")


@pytest.mark.parametrize("name", ["f", "x" * 255, "é" * 127, "\udcff" * 255, ".portfake.f.0"])
def test_the_temporary_name_fits(root: Root, base: Path, name: str) -> None:
    placed = root.place(entry(f"/dir/{name}"), io.BytesIO(TEXT))
    assert is_temporary(placed.temporary.rpartition("/")[2])
    placed.commit()
    assert root.listdir("/dir") == [name]


def test_discard_leaves_nothing_and_may_be_repeated(root: Root, base: Path) -> None:
    for kind in (EntryType.FILE, EntryType.DIRECTORY, EntryType.SYMLINK, EntryType.FIFO):
        placed = root.place(entry(type=kind, target="x"))
        assert names(base) != []
        placed.discard()
        placed.discard()
        assert names(base) == []


def test_it_replaces_a_file_and_the_target_of_no_link(root: Root, base: Path) -> None:
    (base / "dir/precious").write_text("precious")
    (base / "dir/f").symlink_to("precious")
    root.place(entry(), io.BytesIO(TEXT)).commit()
    assert (base / "dir/precious").read_text() == "precious"
    assert not (base / "dir/f").is_symlink()
    assert root.read("/dir/f") == TEXT


def test_links_above_the_name_are_resolved_inside(root: Root, base: Path) -> None:
    (base / "link").symlink_to("/dir")
    placed = root.place(entry("/link/f"), io.BytesIO(TEXT))
    assert placed.path == "/dir/f"
    placed.commit()
    assert root.read("/dir/f") == TEXT


def test_a_folder_in_the_way(root: Root, base: Path) -> None:
    (base / "dir/f").mkdir()
    placed = root.place(entry(), io.BytesIO(TEXT))
    with pytest.raises(IsADirectoryError):
        placed.commit()
    folder = root.place(entry(type=EntryType.DIRECTORY))
    with pytest.raises(FileExistsError):
        folder.commit()
    placed.discard()
    folder.discard()
    assert names(base) == ["f"]


def test_folders_symlinks_and_fifos(root: Root, base: Path) -> None:
    kept = entry("/dir/d", type=EntryType.DIRECTORY, mode=0o1750, mtime=99)
    root.place(kept).commit()
    root.place(entry("/dir/l", type=EntryType.SYMLINK, target="\udcff/../x", mtime=98)).commit()
    root.place(entry("/dir/p", type=EntryType.FIFO, mode=0o620)).commit()
    listing = root.walk()
    assert (listing["/dir/d"].mode, listing["/dir/d"].mtime) == (0o1750, 99)
    assert (listing["/dir/l"].target, listing["/dir/l"].mtime) == ("\udcff/../x", 98)
    assert (listing["/dir/p"].type, listing["/dir/p"].mode) == (EntryType.FIFO, 0o620)


@pytest.mark.parametrize("kind", [EntryType.SOCKET, EntryType.BLOCK_DEVICE])
def test_devices_and_sockets_are_refused(root: Root, base: Path, kind: EntryType) -> None:
    with pytest.raises(Refused, match=kind.value):
        root.place(entry(type=kind))
    assert names(base) == []


class TestContentIsHeldToTheEntry:
    @pytest.mark.parametrize("size", [0, len(TEXT) - 1, len(TEXT) + 1])
    def test_size(self, root: Root, base: Path, size: int) -> None:
        with pytest.raises(InputError, match=f"instead of {size}"):
            root.place(entry(size=size), io.BytesIO(TEXT))
        assert names(base) == []

    def test_no_more_than_promised_is_read(self, root: Root) -> None:
        class Endless:
            given = 0

            def read(self, size: int = -1, /) -> bytes:
                self.given += size
                return b"\0" * size

        endless = Endless()
        with pytest.raises(InputError, match="more bytes of content instead of 10"):
            root.place(entry(size=10), endless)
        assert endless.given <= 4 << 20

    def test_digest(self, root: Root, base: Path) -> None:
        right = hashlib.sha256(TEXT).hexdigest()
        root.place(entry(digest=right), io.BytesIO(TEXT)).commit()
        with pytest.raises(InputError, match=right):
            root.place(entry(digest=right), io.BytesIO(TEXT + b"#"))
        assert names(base) == ["f"]


class TestHardLinks:
    def test_to_what_is_placed_with_it(self, root: Root, base: Path) -> None:
        first = root.place(entry("/dir/a"), io.BytesIO(TEXT))
        second = root.place(entry("/dir/b", link_of="/dir/a"), None, first)
        assert (base / first.temporary[1:]).stat().st_nlink == 2
        first.commit()
        second.commit()
        assert names(base) == ["a", "b"]
        assert root.identity("/dir/a") == root.identity("/dir/b")
        assert root.walk()["/dir/b"].link_of == "/dir/a"

    def test_to_what_is_there_and_again(self, root: Root, base: Path) -> None:
        root.write("/dir/a", [TEXT])
        for _ in range(
            2
        ):  # the second time both names are the same file, and rename(2) does nothing
            root.place(entry("/dir/b", link_of="/dir/a")).commit()
            assert names(base) == ["a", "b"]

    def test_to_nothing(self, root: Root, base: Path) -> None:
        with pytest.raises(FileNotFoundError):
            root.place(entry("/dir/b", link_of="/dir/none"))
        assert names(base) == []


class TestFailures:
    """All or nothing: whatever fails, no temporary file stays."""

    def test_an_owner_the_root_does_not_know(self, applied: Root, base: Path) -> None:
        with pytest.raises(NotFound, match="no user 'nobody'"):
            applied.place(entry(owner="nobody"), io.BytesIO(TEXT))
        assert names(base) == []

    @pytest.mark.parametrize("call", ["write", "fchown", "fchmod", "utime"])
    @pytest.mark.skipif(os.geteuid() != 0, reason="only root changes owners")
    def test_a_system_call(
        self, applied: Root, base: Path, call: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object, **__: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, call, full)
        with pytest.raises(OSError) as caught:
            applied.place(entry(mtime=5), io.BytesIO(TEXT))
        assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, "/dir/f")
        assert names(base) == []

    def test_the_folder_went_away_before_commit(self, root: Root, base: Path) -> None:
        placed = root.place(entry(), io.BytesIO(TEXT))
        (base / "dir").rename(base / "elsewhere")
        (base / "dir").mkdir()
        root.forget()
        with pytest.raises(FileNotFoundError):
            placed.commit()
        placed.discard()
        assert names(base) == []

    def test_the_top_and_missing_folders(self, root: Root) -> None:
        with pytest.raises(FileExistsError):
            root.place(entry("/"))
        with pytest.raises(FileNotFoundError):
            root.place(entry("/none/f"))

    def test_a_symlink_without_target(self, root: Root) -> None:
        with pytest.raises(InputError, match="without a target"):
            root.place(entry(type=EntryType.SYMLINK))


@pytest.mark.skipif(os.geteuid() != 0, reason="chown(2) to others needs uid 0")
def test_set_id_bits_survive_the_owner_and_flags_come_last(
    applied: Root, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pkg's order (spec/pkg.md 3.6): times, owner, mode, flags."""
    order: list[str] = []

    def noted(name: str) -> Callable[..., None]:
        real: Callable[..., None] = getattr(os, name)

        def call(*arguments: object, **keywords: object) -> None:
            order.append(name)
            real(*arguments, **keywords)

        return call

    for name in ("utime", "fchown", "fchmod"):
        monkeypatch.setattr(os, name, noted(name))
    monkeypatch.setattr(placing, "CAN_SET_FLAGS", True)
    monkeypatch.setattr(placing, "set_flags", lambda what, flags: order.append(f"flags {flags}"))
    applied.place(
        entry(owner="123", group="456", mode=0o6755, mtime=5, flags=0x20000), io.BytesIO(TEXT)
    ).commit()
    assert order == ["utime", "fchown", "fchmod", "flags 131072"]
    status = (base / "dir/f").stat()
    assert stat.S_IMODE(status.st_mode) == 0o6755
    assert (status.st_uid, status.st_gid, status.st_mtime) == (123, 456, 5)


def test_temporary_names_are_told_from_others() -> None:
    assert is_temporary(".portfake.x.0123456789ab")
    assert is_temporary(".portfake.a\nb.0123456789ab")
    for name in (
        ".portfake.x",
        "portfake.x.0123456789ab",
        ".portfake.x.0123456789aX",
        ".pkgtemp.x",
    ):
        assert not is_temporary(name)
