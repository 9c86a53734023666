"""mtree(5): both forms read, the METALOG form written; NetBSD's mtree is the judge."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.errors import InputError
from portfake.formats.file_flags import flags_from_text, flags_to_text
from portfake.formats.mtree import format_entry, format_mtree, parse_mtree
from portfake.formats.vis import unvis, vis
from portfake.limits import LimitExceeded, Limits
from portfake.model.entry import Entry, EntryType, Listing, compare
from portfake.root.confined import Root
from portfake.root.ownership import Ownership

NESTED = """\
# comment
/set type=dir uname=root gname=wheel mode=0755
.
    bin
    ..
    etc     mode=0700
        rc.d uname=man
        ..
        file type=file mode=4555 size=3 \\
            time=12.000000034
        link type=link link=../a\\040b
    ..
/unset uname
/set gname=staff
    var
    ..
..
"""
FULL = """\
#mtree 2.0
. type=dir uname=root gname=wheel mode=0755
./bin type=dir uname=root gname=wheel mode=0755
./etc type=dir uname=root gname=wheel mode=0700
./etc/file type=file uname=root gname=wheel mode=04555 size=3 time=12.0
./etc/link type=link uname=root gname=wheel mode=0755 link=../a\\040b
./etc/rc.d type=dir uname=man gname=wheel mode=0755
./var type=dir gname=staff mode=0755
"""


def test_both_forms_mean_the_same() -> None:
    assert parse_mtree(NESTED, "x") == parse_mtree(FULL, "x")
    assert format_mtree(parse_mtree(NESTED, "x").values()) == FULL


def one(line: str) -> Entry:
    (entry,) = parse_mtree(line, "x").values()
    return entry


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("./f", Entry(path="/f", type=EntryType.FILE)),
        ("f mode=6", Entry(path="/f", type=EntryType.FILE, mode=6)),
        ("usr/f", Entry(path="/usr/f", type=EntryType.FILE)),
        ("./usr//./f", Entry(path="/usr/f", type=EntryType.FILE)),
        ("f uid=5 gid=7", Entry(path="/f", type=EntryType.FILE, owner="5", group="7")),
        ("f uname=a uid=5", Entry(path="/f", type=EntryType.FILE, owner="a")),
        ("f uid=5 uname=a", Entry(path="/f", type=EntryType.FILE, owner="a")),
        ("f time=-1.5", Entry(path="/f", type=EntryType.FILE, mtime=-1)),
        ("f flags=schg,nodump", Entry(path="/f", type=EntryType.FILE, flags=0x20001)),
        ("f flags=none", Entry(path="/f", type=EntryType.FILE, flags=0)),
        (f"f sha256digest={'AB' * 32}", Entry(path="/f", type=EntryType.FILE, digest="ab" * 32)),
        ("f optional nochange cksum=5 md5=xyz tags=a,b", Entry(path="/f", type=EntryType.FILE)),
        ("./d\\303\\251/\\#x\\134 type=fifo", Entry(path="/dé/#x\\", type=EntryType.FIFO)),
        ("./u\u3000v/\x85w", Entry(path="/u\u3000v/\x85w", type=EntryType.FILE)),
        ("\\377", Entry(path="/\udcff", type=EntryType.FILE)),
    ],
)  # fmt: skip
def test_lines(line: str, expected: Entry) -> None:
    assert one(line) == expected


def test_uid_of_a_line_wins_over_a_name_that_was_set() -> None:
    assert parse_mtree("/set uname=root\nf uid=5\n", "x")["/f"].owner == "5"


def test_a_path_that_comes_again_adds_to_the_first() -> None:
    listing = parse_mtree("./a type=dir mode=0755\n./a uname=x mode=0700\n", "x")
    assert listing["/a"] == Entry(path="/a", type=EntryType.DIRECTORY, mode=0o700, owner="x")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("..", "a .. above the top"),
        (".\n..\n..", "a .. above the top"),
        ("./a/../../b", "no path below the top"),
        ("a\\057b", "no name of a file"),
        ("\\056\\056", "no name of a file"),
        ("./\\056\\056/x", "no path below the top"),
        ("./a\\000b", "no path below the top"),
        ("f size=big", "'big' is no number"),
        ("f mode=999", "'999' is no octal mode"),
        ("f mode=70000", "more than the bits"),
        ("f mode", "mode without a value"),
        ("f type=door", "'door'"),
        ("f colour=red", "unknown keyword 'colour'"),
        ("/unset colour", "unknown keyword 'colour'"),
        ("f flags=schg,odd", "no file flag is called 'odd'"),
        ("f sha256=12", "no SHA-256"),
        ("f time=now", "'now' is no number"),
        ("f link=\\q", "no escape of vis"),
        ("f link=\\777", "no escape of vis"),
    ],
)
def test_complaints(line: str, complaint: str) -> None:
    with pytest.raises(InputError, match=f"spec:{line.count(chr(10)) + 1}: ") as caught:
        parse_mtree(line, "spec")
    assert complaint in str(caught.value)


def test_all_problems_together() -> None:
    with pytest.raises(InputError) as caught:
        parse_mtree("f mode=9\n# fine\ng \\\n size=x\nh\n..\n", "spec")
    text = str(caught.value)
    assert [line.split(":")[1] for line in text.splitlines()] == ["1", "3", "6"]


def test_bounds() -> None:
    with pytest.raises(LimitExceeded, match="spec:3: more than 2 entries"):
        parse_mtree("a\nb\nc\nd\n", "spec", Limits(entries=2))
    with pytest.raises(LimitExceeded, match="3 deep"):
        parse_mtree("./a/b/c/d", "spec", Limits(depth=3))


names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=6
).filter(lambda name: name not in {".", ".."})
owners = st.one_of(
    st.none(), st.from_regex(r"[a-z_][a-z0-9_]{0,8}|0|[1-9][0-9]{0,5}", fullmatch=True)
)
entries = st.builds(
    Entry,
    path=st.lists(names, max_size=3).map(lambda parts: "/" + "/".join(parts)),
    type=st.sampled_from(EntryType),
    mode=st.none() | st.integers(0, 0o7777),
    owner=owners,
    group=owners,
    flags=st.none() | st.sampled_from([0x1, 0x20000, 0x8002, 0x360001]),
    size=st.none() | st.integers(0, 2**63),
    mtime=st.none() | st.integers(-(2**31), 2**40),
    target=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
    digest=st.none() | st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
)


@given(st.lists(entries, max_size=6, unique_by=lambda entry: entry.path))
def test_round_trip(made: list[Entry]) -> None:
    listing = Listing(made)
    text = format_mtree(listing.values())
    assert text.isascii()
    assert len(text.splitlines()) == len(listing) + 1
    assert parse_mtree(text, "x") == listing


@given(st.binary(max_size=30))
def test_vis_round_trip(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    assert unvis(vis(text)) == text
    assert vis(text).isascii()
    assert not set(vis(text)) & set(" \t\n#*?[")


@given(st.text(max_size=40))
def test_any_text_is_read_or_complained_about(text: str) -> None:
    with contextlib.suppress(InputError):
        assert all(path.startswith("/") for path in parse_mtree(text, "x"))


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        ("a\\sb\\tc\\nd", "a b\tc\nd"),
        ("\\^A\\^?", "\x01\x7f"),
        ("\\M-a\\M^A", "\udce1\udc81"),
        ("\\1\\12\\1234", "\x01\nS4"),
        ("\\#\\\\", "#\\"),
        ("x\\$y", "xy"),
    ],
)
def test_the_forms_of_unvis(escaped: str, plain: str) -> None:
    assert unvis(escaped) == plain


def test_flags() -> None:
    assert flags_from_text("uchg,schg,noschg") == 2
    assert flags_from_text("nodump") == 1
    assert flags_to_text(0) == "none"
    assert flags_to_text(0x20801) == "nodump,uarch,schg"
    for bad in ("nonsense", "no"):
        with pytest.raises(ValueError, match=bad):
            flags_from_text(bad)
    with pytest.raises(ValueError, match="0x40000000"):
        flags_to_text(0x40000000)


def test_a_link_is_a_line_of_its_own() -> None:
    entry = Entry(path="/l", type=EntryType.SYMLINK, mode=0o755, target="a b=c")
    assert format_entry(entry) == "./l type=link mode=0755 link=a\\040b=c\n"


class TestJudgedByMtree:
    """mtree(8) of NetBSD, which FreeBSD uses too."""

    @pytest.fixture
    def made(self, tmp_path: Path) -> Path:
        top = tmp_path / "top"
        (top / "dir/sub dir").mkdir(parents=True)
        for name in (
            "plain",
            "sp ace",
            "é",
            "#hash",
            "back\\slash",
            "new\nline",
            "st*r",
            "[x",
            "a=b",
        ):
            (top / "dir" / name).write_text(name)
        (top / "dir" / "li nk").symlink_to("sub dir/x é")
        (top / "dir/plain").chmod(0o4511)
        return top

    def test_it_finds_no_difference_to_what_we_wrote(
        self, made: Path, tool: Callable[[str], str]
    ) -> None:
        with Root(made, ownership=Ownership.APPLY) as root:
            listing = root.walk(digest=True)
        command = [tool("mtree"), "-p", str(made), "-f", "/dev/stdin"]
        # It checks times to the nanosecond, where Entry holds seconds; Linux has no group wheel.
        text = format_mtree(
            replace(entry, mtime=None, owner=None, group=None) for entry in listing.values()
        )
        same = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert (same.returncode, same.stdout, same.stderr) == (0, "", "")
        (made / "dir/é").write_text("other")
        changed = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert changed.returncode == 2
        assert "sha256" in changed.stdout

    def test_we_read_what_it_writes(self, made: Path, tool: Callable[[str], str]) -> None:
        keys = "type,mode,uname,gname,size,time,link,sha256digest"
        text = subprocess.run(
            [tool("mtree"), "-c", "-k", keys, "-p", str(made)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        with Root(made, ownership=Ownership.APPLY) as root:
            listing = root.walk(digest=True)
        changes = compare(listing, parse_mtree(text, "mtree -c"), ignoring=["owner", "group"])
        assert changes == []

    def test_it_understands_the_nested_form_as_we_do(self, tool: Callable[[str], str]) -> None:
        spec = NESTED.replace("wheel", "root")  # Linux has no group wheel
        text = subprocess.run(
            [tool("mtree"), "-C", "-k", "all", "-f", "/dev/stdin"],
            input=spec,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert parse_mtree(text, "mtree -C") == parse_mtree(spec, "x")
