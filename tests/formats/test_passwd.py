"""passwd(5), master.passwd, group(5): FreeBSD's files as values and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.errors import InputError
from portfake.formats.passwd import (
    Group,
    OtherLine,
    User,
    format_group,
    format_master_passwd,
    format_passwd,
    parse_group,
    parse_master_passwd,
    parse_passwd,
)

MASTER = """\
# $FreeBSD$
#
root:*:0:0::0:0:Charlie &:/root:/bin/sh
toor:*:0:0::0:0:Bourne-again Superuser:/root:
ec2-user:$6$x.y/z:1001:1001:russian:0:1900000000:EC2 User:/home/ec2-user:/bin/csh

+:::::::::
"""
PASSWD = """\
# $FreeBSD$
#
root:*:0:0:Charlie &:/root:/bin/sh
toor:*:0:0:Bourne-again Superuser:/root:
ec2-user:*:1001:1001:EC2 User:/home/ec2-user:/bin/csh

+:::::::::
"""
GROUP = "# $FreeBSD$\nwheel:*:0:root,ec2-user\nempty:*:5:\n-nis\nnobody:*:65534:\n"


def test_master_passwd() -> None:
    lines = parse_master_passwd(MASTER, "x")
    assert lines[4] == User(
        name="ec2-user",
        uid=1001,
        gid=1001,
        password="$6$x.y/z",
        login_class="russian",
        expire=1900000000,
        gecos="EC2 User",
        home="/home/ec2-user",
        shell="/bin/csh",
    )
    assert [line for line in lines if isinstance(line, OtherLine)] == [
        OtherLine("# $FreeBSD$"),
        OtherLine("#"),
        OtherLine(""),
        OtherLine("+:::::::::"),
    ]
    assert format_master_passwd(lines) == MASTER


def test_passwd_is_master_passwd_without_its_secrets() -> None:
    assert format_passwd(parse_master_passwd(MASTER, "x")) == PASSWD
    assert format_passwd(parse_passwd(PASSWD, "x")) == PASSWD


def test_group() -> None:
    lines = parse_group(GROUP, "x")
    assert lines[1] == Group(name="wheel", gid=0, members=("root", "ec2-user"))
    assert format_group(lines) == GROUP


def test_all_problems_of_a_file_together() -> None:
    text = (
        "a:*:x:0::0:0::/:/\n"
        "ok:*:1:1::0:0::/:/\n"
        "short:*:1\n"
        ":*:1:1::0:0::/:/\n"
        "b:*:1:99999999999::0:0::/:/\n"
        "c:*:1:1::soon:0::/:/\n"
    )
    with pytest.raises(InputError) as caught:
        parse_master_passwd(text, "/etc/master.passwd")
    assert str(caught.value).splitlines() == [
        "/etc/master.passwd:1: 'x' is no id",
        "/etc/master.passwd:3: 3 fields instead of 10",
        "/etc/master.passwd:4: an entry without a name",
        "/etc/master.passwd:5: '99999999999' is no id",
        "/etc/master.passwd:6: 'soon' is no time",
    ]


def test_an_empty_file_has_no_lines() -> None:
    assert parse_group("", "x") == ()
    assert format_group(()) == ""


words = st.text(st.characters(exclude_characters=":\n,", exclude_categories=["Cs"]), max_size=8)
names = st.from_regex(r"[a-z_][a-z0-9_-]{0,8}", fullmatch=True)
ids = st.integers(0, 2**32 - 1)
times = st.integers(0, 2**40)
users = st.builds(
    User, name=names, uid=ids, gid=ids, password=words, login_class=words, change=times,
    expire=times, gecos=words, home=words, shell=words,
)  # fmt: skip
groups = st.builds(
    Group, name=names, gid=ids, password=words, members=st.lists(names, max_size=3).map(tuple)
)
others = st.sampled_from(["", "# note: this", "   ", "+::::", "-bad"]).map(OtherLine)


@given(st.lists(users | others))
def test_round_trip_of_users(lines: list[User | OtherLine]) -> None:
    assert parse_master_passwd(format_master_passwd(lines), "x") == tuple(lines)


@given(st.lists(groups | others))
def test_round_trip_of_groups(lines: list[Group | OtherLine]) -> None:
    assert parse_group(format_group(lines), "x") == tuple(lines)
