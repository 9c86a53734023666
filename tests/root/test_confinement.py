"""Nothing outside the root changes, ever, and nothing outside is read (design.md, rule 2)."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.errors import PortfakeError, Refused
from portfake.model.entry import Entry, EntryType
from portfake.root.confined import Root
from portfake.root.ownership import Ownership
from portfake.root.resolve import Resolver, Spot

Snapshots = Callable[[Path], dict[bytes, tuple[object, ...]]]

# Every operation of Root that takes a path, to be tried on hostile ones.
CONTENT = b"written by the test"


def _place(kind: EntryType, **fields: object) -> Callable[[Root, str], object]:
    def act(root: Root, path: str) -> None:
        entry = Entry(path=path, type=kind, mode=0o4755, owner="root", mtime=7, **fields)  # type: ignore[arg-type]
        reader = io.BytesIO(CONTENT) if kind is EntryType.FILE else None
        placed = root.place(entry, reader)
        try:
            placed.commit()
        finally:
            placed.discard()

    return act


READING: Mapping[str, Callable[[Root, str], object]] = {
    "stat": lambda root, path: root.stat(path),
    "lstat": lambda root, path: root.stat(path, follow=False),
    "identity": lambda root, path: root.identity(path),
    "listdir": lambda root, path: root.listdir(path),
    "realpath": lambda root, path: root.realpath(path),
    "read": lambda root, path: root.read(path),
    "walk": lambda root, path: root.walk(path, digest=True),
    "folder": lambda root, path: root.folder(path),
}

CHANGING: Mapping[str, Callable[[Root, str], object]] = {
    "write": lambda root, path: root.write(path, [CONTENT]),
    "append": lambda root, path: root.write(path, [CONTENT], append=True),
    "mkdir": lambda root, path: root.mkdir(path),
    "makedirs": lambda root, path: root.makedirs(path),
    "symlink": lambda root, path: root.symlink("anything", path),
    "link to": lambda root, path: root.link("/plain", path),
    "link from": lambda root, path: root.link(path, "/linked"),
    "rename to": lambda root, path: root.rename("/plain", path),
    "rename folder to": lambda root, path: root.rename("/empty", path),
    "rename from": lambda root, path: root.rename(path, "/moved"),
    "unlink": lambda root, path: root.unlink(path),
    "rmdir": lambda root, path: root.rmdir(path),
    "chmod": lambda root, path: root.chmod(path, 0o4777),
    "lchmod": lambda root, path: root.chmod(path, 0o4777, follow=False),
    "chown": lambda root, path: root.chown(path, "root", "wheel"),
    "lchown": lambda root, path: root.chown(path, "root", "wheel", follow=False),
    "utime": lambda root, path: root.utime(path, 1.5),
    "lutime": lambda root, path: root.utime(path, 1.5, follow=False),
    "place file": _place(EntryType.FILE),
    "place folder": _place(EntryType.DIRECTORY),
    "place symlink": _place(EntryType.SYMLINK, target="anything"),
    "place fifo": _place(EntryType.FIFO),
    "place hard link": _place(EntryType.FILE, link_of="/plain"),
    "sync": lambda root, path: root.sync([path]),
}

ALL = {**READING, **CHANGING}

NAMES = ("a", "b", "f")


def furnish(base: Path) -> None:
    """The root's own /a/b/f, and what the operations take as their other operand."""
    (base / "a" / "b").mkdir(parents=True)
    (base / "a" / "b" / "f").write_text("inside")
    (base / "plain").write_text("plain")
    (base / "empty").mkdir()


def targets(outside: Path) -> dict[str, str]:
    """Texts of symlinks that would lead outside, or nowhere, if the kernel followed them."""
    return {
        "absolute": str(outside),
        "absolute file": str(outside / "f"),
        "climbing": "../../../../../../../.." + str(outside),
        "climbing from the top": "/../.." + str(outside),
        "one up": "../outside",
        "beside the root": "/../outside",
        "through /proc": "/proc/self/root" + str(outside),
        "through a descriptor": "/proc/self/cwd/../outside",
        "loop to itself": "f",
        "loop in two": "/loop",
    }


def replace(base: Path, component: int, target: str) -> None:
    """Put a symlink in the place of the n-th component of /a/b/f."""
    path = base.joinpath(*NAMES[: component + 1])
    path.rename(base / "aside")
    path.symlink_to(target)
    (base / "loop").symlink_to("/" + "/".join(NAMES[: component + 1]))


@pytest.mark.parametrize("operation", ALL)
@pytest.mark.parametrize("component", range(3), ids=NAMES)
def test_a_symlink_in_any_component_leads_nowhere_else(
    base: Path, outside: Path, component: int, operation: str
) -> None:
    for kind, target in targets(outside).items():
        here = base / kind.replace(" ", "-").replace("/", "")
        here.mkdir()
        furnish(here)
        replace(here, component, target)
        for path in ("/a/b/f", "/a/b/new", "/a/b/f/", "/a/b/../b/f"):
            for ownership in Ownership:
                with (
                    Root(here, ownership=ownership) as root,
                    contextlib.suppress(OSError, PortfakeError),
                ):
                    result = ALL[operation](root, path)
                    if operation == "read":
                        assert b"precious" not in result  # type: ignore[operator]


@pytest.mark.parametrize("operation", ALL)
def test_dots_do_not_climb_over_the_top(
    root: Root, base: Path, outside: Path, operation: str
) -> None:
    furnish(base)
    for path in ("/../outside/f", "/a/../../outside/f", "/../outside/a", "/a/b/../../../outside"):
        with contextlib.suppress(OSError, PortfakeError):
            ALL[operation](root, path)


def test_the_top_is_its_own_parent(root: Root, base: Path) -> None:
    furnish(base)
    (base / "up").symlink_to("../../..")
    for path in ("/..", "/../..", "/a/../..", "/up", "/up/", "/up/../up"):
        assert root.realpath(path) == "/"
        assert root.listdir(path) == root.listdir("/")


def test_absolute_links_start_at_the_root(root: Root, base: Path) -> None:
    furnish(base)
    (base / "usr").symlink_to("/a")
    (base / "a" / "local").symlink_to("/usr/../usr/b")
    assert root.read("/usr/local/f") == b"inside"
    assert root.realpath("/usr/local/f") == "/a/b/f"


def test_forty_links_are_followed_and_no_more(root: Root, base: Path) -> None:
    (base / "0").write_text("end")
    for number in range(1, 42):
        (base / str(number)).symlink_to(str(number - 1))
    assert root.read("/40") == b"end"
    with pytest.raises(OSError) as caught:
        root.read("/41")
    assert (caught.value.errno, caught.value.filename) == (errno.ELOOP, "/41")


@pytest.mark.parametrize("operation", CHANGING)
def test_a_tree_opened_for_reading_does_not_change(
    base: Path, operation: str, snapshot: Snapshots
) -> None:
    furnish(base)
    before = snapshot(base)
    with Root(base, ownership=Ownership.APPLY, read_only=True) as root:
        for path in ("/a/b/f", "/a/b/new", "/empty", "/plain", "/"):
            with contextlib.suppress(OSError):
                CHANGING[operation](root, path)
    assert snapshot(base) == before


class TestHardLinks:
    """A file in the root can be the same file as one outside."""

    @pytest.mark.parametrize("operation", ALL)
    def test_it_is_not_changed_in_place(
        self, root: Root, base: Path, tmp_path: Path, outside: Path, operation: str
    ) -> None:
        furnish(base)
        # The link count and change time of the file outside change by the linking itself.
        secret = tmp_path / "root" / "secret"
        secret.write_text("precious")
        os.link(secret, base / "a" / "b" / "hard")
        held = secret.stat()
        with contextlib.suppress(OSError, Refused):
            ALL[operation](root, "/a/b/hard")
        now = secret.stat()
        assert secret.read_text() == "precious"
        assert (held.st_mode, held.st_uid, held.st_mtime_ns) == (
            now.st_mode,
            now.st_uid,
            now.st_mtime_ns,
        )

    def test_writing_says_why_not(self, root: Root, base: Path) -> None:
        (base / "one").write_text("x")
        os.link(base / "one", base / "two")
        with pytest.raises(Refused, match="2 names"):
            root.write("/two", [b"y"])

    def test_links_of_the_tree_itself_stay_usable(self, root: Root, base: Path) -> None:
        root.write("/one", [b"x"])
        root.link("/one", "/two")
        root.link("/two", "/three")
        root.write("/three", [b"y"])
        root.chmod("/two", 0o600)
        assert root.read("/one") == b"y"
        assert root.identity("/one") == root.identity("/three")


class TestSwappedInDuringTheRun:
    """Somebody who may write in the root works against us while we work."""

    @pytest.mark.parametrize("component", [0, 1, 2])
    @pytest.mark.parametrize("operation", ALL)
    def test_between_the_walk_and_the_operation(
        self,
        base: Path,
        outside: Path,
        operation: str,
        component: int,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        furnish(base)
        (base / "loop").symlink_to("loop")
        locate = Resolver.locate
        links = [str(outside), str(outside / "a"), str(outside / "f")]

        def locate_then_swap(self: Resolver, path: str, *, follow: bool) -> Spot:
            try:
                return locate(self, path, follow=follow)
            finally:
                victim = base.joinpath(*NAMES[: component + 1])
                if path.startswith("/a/") and not victim.is_symlink():
                    victim.rename(base / "aside")
                    victim.symlink_to(links[component])

        monkeypatch.setattr(Resolver, "locate", locate_then_swap)
        with (
            Root(base, ownership=Ownership.APPLY) as root,
            contextlib.suppress(OSError, PortfakeError),
        ):
            result = ALL[operation](root, "/a/b/f")
            if operation == "read":
                assert result == b"inside"
        assert (base / "aside").exists()

    @pytest.mark.parametrize("operation", CHANGING)
    def test_where_nothing_was_when_we_looked(
        self, base: Path, outside: Path, operation: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        furnish(base)
        locate = Resolver.locate

        def locate_then_plant(self: Resolver, path: str, *, follow: bool) -> Spot:
            found = locate(self, path, follow=follow)
            with contextlib.suppress(FileExistsError):
                (base / "a/b/new").symlink_to(outside / "new")
            return found

        monkeypatch.setattr(Resolver, "locate", locate_then_plant)
        with (
            Root(base, ownership=Ownership.APPLY) as root,
            contextlib.suppress(OSError, PortfakeError),
        ):
            CHANGING[operation](root, "/a/b/new")

    @pytest.mark.parametrize(("victim", "target"), [("a", "."), ("a/b", "a"), ("a/b/f", "f")])
    def test_by_another_thread_all_the_time(
        self, base: Path, outside: Path, victim: str, target: str
    ) -> None:
        furnish(base)
        with flipping(base / victim, outside / target):
            deadline = time.monotonic() + 0.7
            rounds = 0
            with Root(base, ownership=Ownership.APPLY) as root:
                while time.monotonic() < deadline:
                    rounds += 1
                    for operation in ALL.values():
                        for path in ("/a/b/f", "/a/b/new", "/a/f", "/a/b"):
                            with contextlib.suppress(OSError, PortfakeError):
                                operation(root, path)
                    root.forget()
        assert rounds > 3


@contextlib.contextmanager
def flipping(folder: Path, target: Path) -> Iterator[None]:
    """Swap a folder for a symlink to another, and back, until the block ends."""
    done = threading.Event()

    def flip() -> None:
        aside = folder.with_name(folder.name + "-aside")
        while not done.is_set():
            with contextlib.suppress(OSError):
                folder.rename(aside)
                folder.symlink_to(target)
            with contextlib.suppress(OSError):
                if folder.is_symlink():
                    folder.unlink()
                aside.rename(folder)

    thread = threading.Thread(target=flip)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_a_folder_that_others_removed_is_found_again_after_forget(root: Root, base: Path) -> None:
    furnish(base)
    assert root.listdir("/a/b") == ["f"]
    (base / "a").rename(base / "old")
    (base / "a" / "b").mkdir(parents=True)
    root.forget()
    assert root.listdir("/a/b") == []


class TestKeptFolders:
    """What the tree itself moves and removes is never taken for what it was."""

    def test_renamed(self, root: Root) -> None:
        root.makedirs("/a/b/c")
        root.write("/a/b/c/f", [b"old"])
        root.rename("/a/b", "/moved")
        assert root.stat("/a/b/c/f") is None
        assert root.read("/moved/c/f") == b"old"
        root.makedirs("/a/b/c")
        root.write("/a/b/c/f", [b"new"])
        assert root.read("/moved/c/f") == b"old"

    def test_replaced_by_a_rename(self, root: Root) -> None:
        root.makedirs("/a/b")
        root.makedirs("/other/x")
        assert root.listdir("/a/b") == []
        root.rename("/other", "/a/b")
        assert root.listdir("/a/b") == ["x"]

    def test_removed(self, root: Root) -> None:
        root.makedirs("/a/b")
        assert root.listdir("/a/b") == []
        root.rmdir("/a/b")
        root.mkdir("/a/b")
        root.write("/a/b/f", [b"x"])
        assert root.listdir("/a/b") == ["f"]

    def test_removed_and_a_symlink_in_its_place(self, root: Root) -> None:
        root.makedirs("/a/b")
        root.makedirs("/real")
        assert root.listdir("/a/b") == []
        root.rmdir("/a/b")
        root.symlink("/real", "/a/b")
        root.write("/a/b/f", [b"x"])
        assert root.listdir("/real") == ["f"]


def test_more_folders_than_are_kept_open(base: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    with Root(base, ownership=Ownership.RECORD) as root:
        for number in range(400):
            root.makedirs(f"/{number}/x")
            root.write(f"/{number}/x/f", [str(number).encode()])
        assert len(list(Path("/dev/fd").iterdir())) - before < 200
        assert all(root.read(f"/{n}/x/f") == str(n).encode() for n in range(400))
    assert len(list(Path("/dev/fd").iterdir())) == before


components = st.sampled_from(["a", "b", "c", "f", "l", "..", "."])
paths = st.lists(components, min_size=1, max_size=5).map(lambda names: "/" + "/".join(names))
link_texts = st.one_of(
    paths,
    st.lists(components, min_size=1, max_size=6).map("/".join),
    st.sampled_from(
        ["OUTSIDE", "OUTSIDE/a", "OUTSIDE/f", "../outside", "/../outside/b", "../../.."]
    ),
)
steps = st.one_of(
    st.tuples(st.sampled_from(sorted(ALL)), paths),
    st.tuples(st.just("link text"), paths, link_texts),
    st.tuples(st.just("move"), paths, paths),
)


@given(ownership=st.sampled_from(Ownership), todo=st.lists(steps, max_size=25))
def test_random_trees_and_operations(
    tmp_path_factory: pytest.TempPathFactory,
    snapshot: Snapshots,
    fill: Callable[[Path], None],
    ownership: Ownership,
    todo: list[tuple[str, ...]],
) -> None:
    top = tmp_path_factory.mktemp("confined")
    base, outside = top / "root", top / "outside"
    base.mkdir()
    fill(outside)
    furnish(base)
    before = snapshot(outside)
    with Root(base, ownership=ownership) as root:
        for name, *operands in todo:
            with contextlib.suppress(OSError, PortfakeError):
                if name == "link text":
                    root.symlink(operands[1].replace("OUTSIDE", str(outside)), operands[0])
                elif name == "move":
                    root.rename(*operands)
                else:
                    result = ALL[name](root, *operands)
                    if name == "read":
                        assert b"precious" not in result  # type: ignore[operator]
    assert snapshot(outside) == before
    assert sorted(path.name for path in top.iterdir()) == ["outside", "root"]
