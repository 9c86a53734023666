"""walk: one walker, judged by find-like os calls and sha256 of the same tree."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.limits import LimitExceeded, Limits
from portfake.model.entry import EntryType, compare
from portfake.root.confined import Root
from portfake.root.ownership import Ownership


def seen_by_os(base: Path) -> dict[str, tuple[object, ...]]:
    found: dict[str, tuple[object, ...]] = {}
    for path in [base, *base.rglob("*")]:
        status = path.lstat()
        regular = stat.S_ISREG(status.st_mode)
        name = "/" + str(path.relative_to(base)) if path != base else "/"
        found[name] = (
            stat.S_IMODE(status.st_mode),
            str(status.st_uid) if status.st_uid else "root",
            int(status.st_mtime // 1),
            status.st_size if regular else None,
            str(path.readlink()) if path.is_symlink() else None,
            hashlib.sha256(path.read_bytes()).hexdigest() if regular else None,
        )
    return found


trees = st.recursive(
    st.one_of(st.binary(max_size=20), st.sampled_from(["/a", "../x", "é"])),
    lambda inner: st.dictionaries(st.sampled_from(["a", "b-c", "b", "é", "\udcff"]), inner),
    max_leaves=12,
)
Tree = bytes | str | dict[str, "Tree"]


def build(tree: Tree, at: Path) -> None:
    match tree:
        case bytes():
            at.write_bytes(tree)
        case str():
            at.symlink_to(tree)
        case dict():
            at.mkdir()
            for name, inner in tree.items():
                build(inner, at / name)


@given(tree=trees)
def test_a_listing_holds_what_the_system_says(
    tmp_path_factory: pytest.TempPathFactory, tree: Tree
) -> None:
    base = tmp_path_factory.mktemp("walk")
    build(tree, base / "top")
    with Root(base, ownership=Ownership.APPLY) as root:
        listing = root.walk(digest=True)
    assert {
        e.path: (e.mode, e.owner, e.mtime, e.size, e.target, e.digest) for e in listing.values()
    } == seen_by_os(base)


def test_order_is_parents_first_then_bytes(root: Root, base: Path) -> None:
    for name in ("b/a", "b-c", "a", "b/é", "b/\udcff"):
        (base / name).mkdir(parents=True)
    assert list(root.walk()) == ["/", "/a", "/b", "/b/a", "/b/é", "/b/\udcff", "/b-c"]


def test_part_of_a_tree(root: Root, base: Path) -> None:
    (base / "a/b/c").mkdir(parents=True)
    (base / "link").symlink_to("/a")
    assert list(root.walk("/a/b")) == ["/a/b", "/a/b/c"]
    assert list(root.walk("/link/b")) == ["/a/b", "/a/b/c"]
    with pytest.raises(FileNotFoundError):
        root.walk("/none")
    (base / "f").write_text("x")
    assert root.walk("/f")["/f"].size == 1


def test_the_second_name_of_a_file_points_to_the_first(root: Root, base: Path) -> None:
    (base / "z").write_text("same")
    os.link(base / "z", base / "a")
    (base / "m").mkdir()
    os.link(base / "z", base / "m/x")
    listing = root.walk(digest=True)
    assert {path: entry.link_of for path, entry in listing.items() if entry.size == 4} == {
        "/a": None,
        "/m/x": "/a",
        "/z": "/a",
    }
    assert len({listing[path].digest for path in ("/a", "/m/x", "/z")}) == 1


def test_other_devices_are_listed_and_not_entered() -> None:
    with Root("/", ownership=Ownership.RECORD, read_only=True) as root:
        top = root.walk("/dev", limits=Limits(entries=200_000))
        assert top["/dev/shm"].type is EntryType.DIRECTORY
        assert not [path for path in top if path.startswith("/dev/shm/")]


def test_bounds(root: Root, base: Path) -> None:
    (base / "a/b/c/d").mkdir(parents=True)
    with pytest.raises(LimitExceeded, match="more than 3 files"):
        root.walk(limits=Limits(entries=3))
    with pytest.raises(LimitExceeded, match="nested more than 3 deep"):
        root.walk(limits=Limits(depth=3))
    assert len(root.walk(limits=Limits(depth=4, entries=5))) == 5


def test_as_deep_as_the_limits_allow(root: Root, base: Path) -> None:
    root.makedirs("/d" * 256)
    assert len(root.walk()) == 257


def test_two_listings_compare(root: Root, base: Path) -> None:
    root.write("/f", [b"one"])
    before = root.walk(digest=True)
    root.write("/f", [b"two"])
    root.write("/g", [])
    root.utime("/f", before["/f"].mtime or 0)
    changes = compare(before, root.walk(digest=True), ignoring=["mtime"])
    assert [(change.path, change.fields) for change in changes] == [("/f", ("digest",)), ("/g", ())]


def test_many_paths_at_once(tmp_path: Path) -> None:
    """look_at says of each path what stat says, whatever lies above it."""
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/file").write_text("x")
    (tmp_path / "a/link").symlink_to("/a/b")
    (tmp_path / "a/circle").symlink_to("circle")
    (tmp_path / "top").write_text("")
    paths = [
        *("/a/b/file", "/a/b/none", "/a/link", "/a/link/file", "/a/circle"),
        *("/none/x", "/top", "/top/x", "/a/b"),
    ]
    with Root(tmp_path, ownership=Ownership.APPLY, read_only=True) as root:
        alone = [entry for path in paths if (entry := root.stat(path, follow=False)) is not None]
        assert list(root.look_at(paths)) == alone
        assert list(root.look_at(["/a/circle/x"])) == []
        assert [entry.path for entry in alone] == [
            *("/a/b/file", "/a/link", "/a/link/file", "/a/circle", "/top", "/a/b"),
        ]
