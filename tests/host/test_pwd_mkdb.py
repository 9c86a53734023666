"""The machine's own pwd_mkdb(8), where there is one, makes what portfake makes itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portfake.errors import SystemFailure
from portfake.formats.hash_database import pairs
from portfake.formats.passwd import parse_master_passwd
from portfake.formats.pwd_db_writer import make_databases
from portfake.host.pwd_mkdb import password_databases

MASTER = "# x\nroot:$6$x:0:0::0:0:Charlie \udcfc:/root:/bin/sh\nwww:*:80:80::0:0:Web:/:/x\n"


def test_no_program_no_databases() -> None:
    assert password_databases("/nowhere/pwd_mkdb") is None


@pytest.mark.judge
def test_the_same_records(judged: Callable[[str], str]) -> None:
    make = password_databases(judged("PORTFAKE_PWD_MKDB"))
    assert make is not None
    theirs, ours = make(MASTER), make_databases(parse_master_passwd(MASTER, "master.passwd"))
    for one, other in ((theirs.insecure, ours.insecure), (theirs.secure, ours.secure)):
        assert dict(pairs(one, "theirs")) == dict(pairs(other, "ours"))


def test_a_program_that_fails_is_told() -> None:
    make = password_databases("/bin/false")
    assert make is not None
    with pytest.raises(SystemFailure, match="/bin/false"):
        make(MASTER)
