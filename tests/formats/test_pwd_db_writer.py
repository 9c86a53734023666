"""pwd.db and spwd.db, read back by FreeBSD's own code and held against its own pwd_mkdb.

PORTFAKE_HASHDUMP names a program made of FreeBSD's lib/libc/db that prints every record of a
hash file, in sequence and by key; PORTFAKE_PWD_MKDB its pwd_mkdb(8).
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfake.errors import InputError
from portfake.formats.hash_database import pairs
from portfake.formats.hash_database_writer import hash_of, write_hash_database
from portfake.formats.passwd import OtherLine, User, parse_master_passwd
from portfake.formats.pwd_db import parse_pwd_db
from portfake.formats.pwd_db_writer import make_databases
from portfake.limits import LimitExceeded

MASTER = """# a comment

root:$6$salt$hash:0:0::0:0:Charlie &:/root:/bin/sh
toor:*:0:0::0:0:Bourne-again Superuser:/root:
www:*:80:80:daemon:1:2:Web:/nonexistent:/usr/sbin/nologin
nobody:*:65534:65534::0:0:Unprivileged:/nonexistent:/usr/sbin/nologin
big:*:4294967295:4294967294::0:0:M\udcfcller:/:/x
+friend::::::::/home:
-enemy:::::::::
+:::::::::
"""


def read(file: bytes) -> dict[bytes, bytes]:
    return dict(pairs(file, "file.db"))


@given(st.dictionaries(st.binary(max_size=40), st.binary(max_size=300), max_size=200))
@settings(max_examples=30)
def test_what_is_written_is_read_back(records: dict[bytes, bytes]) -> None:
    assert read(write_hash_database(records)) == records


def test_the_hash_is_that_of_the_headers() -> None:
    assert hash_of(b"%$sniglet^&\0") == 0x956E7DE3


def test_a_record_larger_than_a_page_is_told() -> None:
    with pytest.raises(LimitExceeded):
        write_hash_database({b"key": bytes(5000)})


def test_keys_that_all_collide_are_told() -> None:
    # "Aa" and "B@" have one hash, and so has every text made of them in equal number.
    pieces = (b"A\x62", b"B\x41")
    assert hash_of(pieces[0]) == hash_of(pieces[1])
    keys = [b"".join(pieces[number >> bit & 1] for bit in range(8)) for number in range(256)]
    with pytest.raises(LimitExceeded):
        write_hash_database(dict.fromkeys(keys, bytes(40)))


def test_every_account_stands_there_by_name_line_and_id() -> None:
    made = make_databases(parse_master_passwd(MASTER, "master.passwd"))
    public, secret = read(made.insecure), read(made.secure)
    assert public.keys() == secret.keys()
    root = public[b"Aroot"]
    assert root == public[b"B\0\0\0\1"] == public[b"C\0\0\0\0"]
    assert b"$6$" not in made.insecure
    assert b"$6$salt$hash\0" in secret[b"Aroot"]
    assert public[b"C\0\0\0\x50"].startswith(b"www\0*\0\0\0\0\x50\0\0\0\x50\0\0\0\1daemon\0Web\0")
    assert public[b"\xffVERSION"] == b"\4"
    assert public[b"D"] == b"\3"
    assert public[b"E\0\0\0\3"].startswith(b"+\0")


def test_our_own_reader_finds_the_users() -> None:
    lines = parse_master_passwd(MASTER, "master.passwd")
    made = make_databases(lines)
    found = {user.name: user for user in parse_pwd_db(made.secure, "spwd.db")}
    for user in lines:
        if isinstance(user, User):
            assert found[user.name] == user


def test_no_nis_no_mark() -> None:
    made = make_databases([User(name="a", uid=1, gid=1), OtherLine("# x")])
    assert sorted(read(made.insecure)) == [b"Aa", b"B\0\0\0\1", b"C\0\0\0\1", b"\xffVERSION"]


def test_nis_lines_have_ten_fields() -> None:
    with pytest.raises(InputError, match="fields"):
        make_databases([OtherLine("+:")])


# FreeBSD's own code


def program(variable: str) -> str:
    path = os.environ.get(variable)
    if path is None:
        pytest.skip(f"{variable} names no program")
    return path


def dump(file: bytes, tmp_path: Path) -> list[str]:
    path = tmp_path / "file.db"
    path.write_bytes(file)
    done = subprocess.run(
        [program("PORTFAKE_HASHDUMP"), path], capture_output=True, check=True, text=True
    )
    return done.stdout.splitlines()


def expected(records: dict[bytes, bytes]) -> list[str]:
    lines = [f"{key.hex()} {data.hex()}" for key, data in records.items()]
    return sorted(
        [*(f"seq {line}" for line in lines), *(f"get {line}" for line in lines), "absent 1"]
    )


def many(count: int) -> str:
    line = "u{0}:$6${0}:{0}:{0}:c:0:0:User {0},,:/home/u{0}:/bin/sh\n"
    return MASTER + "".join(line.format(number) for number in range(1000, 1000 + count))


@pytest.mark.judge
@pytest.mark.parametrize("count", [0, 1, 50, 1000, 20_000])
def test_freebsd_s_reader_finds_every_record(count: int, tmp_path: Path) -> None:
    made = make_databases(parse_master_passwd(many(count), "master.passwd"))
    for file in (made.insecure, made.secure):
        assert sorted(dump(file, tmp_path)) == expected(read(file))


@pytest.mark.judge
@given(st.dictionaries(st.binary(min_size=1, max_size=40), st.binary(max_size=900), max_size=300))
@settings(max_examples=50, deadline=None)
def test_freebsd_s_reader_finds_anything(records: dict[bytes, bytes]) -> None:
    path = Path("/tmp") / f"portfake-{os.getpid()}"
    path.mkdir(exist_ok=True)
    try:
        assert sorted(dump(write_hash_database(records), path)) == expected(records)
    finally:
        (path / "file.db").unlink()
        path.rmdir()


@pytest.mark.judge
@pytest.mark.parametrize("count", [0, 1, 50, 1000, 5000])
def test_the_records_are_those_of_pwd_mkdb(count: int, tmp_path: Path) -> None:
    text = many(count)
    (tmp_path / "master.passwd").write_bytes(text.encode("utf-8", "surrogateescape"))
    made = make_databases(parse_master_passwd(text, "master.passwd"))
    command = [program("PORTFAKE_PWD_MKDB"), "-d", tmp_path, tmp_path / "master.passwd"]
    subprocess.run([str(word) for word in command], check=True)
    for file, name in ((made.insecure, "pwd.db"), (made.secure, "spwd.db")):
        theirs = dump((tmp_path / name).read_bytes(), tmp_path)
        assert sorted(dump(file, tmp_path)) == sorted(theirs)
