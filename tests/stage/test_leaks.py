"""What an install wrote beyond its package is named, each in its own way, and nothing else is."""

from __future__ import annotations

import pytest

from portfake.model.entry import Entry, EntryType
from portfake.stage.leaks import Installed, Leak, LeakKind, find_leaks


def file(path: str, mode: int = 0o644, digest: str = "1") -> Entry:
    return Entry(path=path, type=EntryType.FILE, mode=mode, size=1, digest=digest)


def folder(path: str, mode: int = 0o755) -> Entry:
    return Entry(path=path, type=EntryType.DIRECTORY, mode=mode)


def link(path: str, target: str, mode: int | None = None) -> Entry:
    return Entry(path=path, type=EntryType.SYMLINK, mode=mode, target=target)


PACKAGE = {
    entry.path: entry
    for entry in (
        file("/usr/local/share/pen/ink"),
        link("/usr/local/share/pen/nib", "ink", 0o755),
        folder("/usr/local/share/pen/drawer"),
    )
}
HOST = {
    entry.path: entry
    for entry in (
        folder("/usr/local"),
        folder("/usr/local/share"),
        file("/usr/local/etc/host.conf"),
        folder("/usr/local/share/old"),
    )
}
AS_PACKAGED = {**PACKAGE, "/usr/local/share": folder("/usr/local/share")}
"""What an honest install leaves: its files, and the folders above them."""


def leaks(*more: Entry, removed: tuple[str, ...] = (), without: str = "") -> list[Leak]:
    written = {**AS_PACKAGED, "/usr/local/share/pen": folder("/usr/local/share/pen")}
    written.update({entry.path: entry for entry in more})
    written.pop(without, None)
    return find_leaks(PACKAGE, Installed(written, removed, HOST))


def test_an_honest_install_leaks_nothing() -> None:
    assert leaks() == []
    assert leaks(link("/usr/local/share/pen/nib", "ink", 0o777)) == []


@pytest.mark.parametrize(
    ("written", "kind", "fields"),
    [
        (file("/usr/local/etc/new.conf"), LeakKind.UNLISTED, ()),
        (folder("/usr/local/libdata"), LeakKind.UNLISTED, ()),
        (file("/usr/local/etc/host.conf", digest="2"), LeakKind.HOST_CHANGED, ("digest",)),
        (file("/usr/local/etc/host.conf"), LeakKind.HOST_CHANGED, ()),
        (folder("/usr/local/share", 0o777), LeakKind.HOST_CHANGED, ("mode",)),
        (file("/usr/local/share/pen/ink", 0o4755), LeakKind.DIFFERENT, ("mode",)),
        (file("/usr/local/share/pen/ink", digest="2"), LeakKind.DIFFERENT, ("digest",)),
        (link("/usr/local/share/pen/nib", "/etc/passwd"), LeakKind.DIFFERENT, ("target",)),
    ],
)
def test_each_leak_is_named(written: Entry, kind: LeakKind, fields: tuple[str, ...]) -> None:
    assert leaks(written) == [Leak(written.path, kind, fields)]


def test_a_removed_folder_is_named_once() -> None:
    gone = ("/usr/local/share/old", "/usr/local/share/old/a", "/usr/local/share/old/b/c")
    assert leaks(removed=gone) == [Leak("/usr/local/share/old", LeakKind.HOST_REMOVED)]


def test_what_was_not_written_is_missing() -> None:
    path = "/usr/local/share/pen/ink"
    assert leaks(without=path) == [Leak(path, LeakKind.MISSING)]


def test_a_packaged_folder_that_the_host_has_need_not_be_written() -> None:
    package = {"/usr/local/share": folder("/usr/local/share")}
    assert find_leaks(package, Installed({}, (), HOST)) == []


def test_a_leak_tells_its_path_and_how() -> None:
    assert str(Leak("/usr/local/x", LeakKind.DIFFERENT, ("mode", "size"))) == (
        "/usr/local/x is not as the package has it (mode, size)"
    )
