"""pw(8), indexinfo(1), xmlcatmgr(1) over a view of a root."""

from __future__ import annotations

import gzip

import pytest

from portfake.errors import Refused
from portfake.install.scripts.catalogs import XMLCATMGR
from portfake.install.scripts.info_dir import INDEXINFO
from portfake.install.scripts.pw.call import AccountConflict
from portfake.install.scripts.pw.command import PW
from portfake.shell.commands import base_commands
from portfake.shell.interpreter import Interpreter
from portfake.shell.memory import MemoryFiles

MASTER = (
    "# accounts\n"
    "root:$6$x:0:0::0:0:Charlie &:/root:/bin/sh\n"
    "ann:*:1001:1001:staff:1:2:Ann:/home/ann:/bin/csh\n"
    "bob:*LOCKED**:1005:20::0:0:Bob:/:/bin/sh\n"
    "+:::::::::\n"
)
GROUP = "wheel:*:0:root\nmail:*:6:\nann:*:1001:\nteam:*:20:ann,bob\n"


class World:
    """A root in memory, and a shell in it."""

    def __init__(self) -> None:
        self.files = MemoryFiles(clock=5)
        for folder in ("/etc", "/var", "/var/mail", "/home", "/usr", "/usr/share"):
            self.files.mkdir(folder)
        self.files.write("/etc/master.passwd", [MASTER.encode()], mode=0o644)
        self.files.write("/etc/group", [GROUP.encode()])

    def run(self, script: str) -> tuple[int, str, str]:
        commands = {**base_commands(), "pw": PW, "indexinfo": INDEXINFO, "xmlcatmgr": XMLCATMGR}
        result = Interpreter(self.files, commands, clock=5).run(script, errexit=False)
        return result.status, result.output.decode(), result.errors.decode()

    def new_lines(self, path: str, before: str) -> list[str]:
        return [
            line
            for line in self.files.read(path).decode().splitlines()
            if line not in before.splitlines()
        ]

    @property
    def users(self) -> list[str]:
        """Lines of master.passwd that were not there."""
        return self.new_lines("/etc/master.passwd", MASTER)

    @property
    def groups(self) -> list[str]:
        """The same of group."""
        return self.new_lines("/etc/group", GROUP)


# pw -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "users", "groups"),
    [
        (
            "pw useradd web -u 80 -g 6 -c 'Web Owner' -d /none -s /sbin/nologin",
            ["web:*:80:6::0:0:Web Owner:/none:/sbin/nologin"],
            [],
        ),
        (
            "pw -R / useradd -n web -u 80 -g mail -L daemon -h -",
            ["web:*:80:6:daemon:0:0:User &:/home/web:/bin/sh"],
            [],
        ),
        ("pw add user web -g mail", ["web:*:1006:6::0:0:User &:/home/web:/bin/sh"], []),
        (
            "pw user add web -u 80 -w none -s csh",
            ["web::80:80::0:0:User &:/home/web:/bin/csh"],
            ["web:*:80:"],
        ),
        (
            "pw useradd web -u 80 -g mail -G team,wheel",
            ["web:*:80:6::0:0:User &:/home/web:/bin/sh"],
            ["wheel:*:0:root,web", "team:*:20:ann,bob,web"],
        ),
        (
            "pw useradd twin -o -u 0 -g 0",
            ["twin:*:0:0::0:0:User &:/home/twin:/bin/sh"],
            [],
        ),
        ("pw groupadd web -g 80", [], ["web:*:80:"]),
        ("pw groupadd web -M ann,bob", [], ["web:*:1002:ann,bob"]),
        ("pw groupmod mail -m ann,root", [], ["mail:*:6:ann,root"]),
        ("pw groupmod team -m ann", [], []),
        ("pw groupmod team -d ann", [], ["team:*:20:bob"]),
        ("pw groupmod team -M root", [], ["team:*:20:root"]),
        ("pw groupmod team -l gang -g 21", [], ["gang:*:21:ann,bob"]),
        (
            "pw usermod ann -c New -s /bin/sh -d /x",
            ["ann:*:1001:1001:staff:1:2:New:/x:/bin/sh"],
            [],
        ),
        ("pw usermod 1001 -l anna", ["anna:*:1001:1001:staff:1:2:Ann:/home/ann:/bin/csh"], []),
        ("pw usermod ann -G mail", [], ["mail:*:6:ann", "team:*:20:bob"]),
        ("pw lock ann", ["ann:*LOCKED**:1001:1001:staff:1:2:Ann:/home/ann:/bin/csh"], []),
        ("pw unlock bob", ["bob:*:1005:20::0:0:Bob:/:/bin/sh"], []),
        ("pw userdel bob", [], ["team:*:20:ann"]),
        ("pw groupdel team", [], []),
    ],
)
def test_pw_changes(command: str, users: list[str], groups: list[str]) -> None:
    world = World()
    assert world.run(command) == (0, "", "")
    assert (world.users, world.groups) == (users, groups)


def test_who_goes_takes_a_group_of_their_own_along() -> None:
    world = World()
    assert world.run("pw userdel ann")[0] == 0
    assert b"ann" not in world.files.read("/etc/group")


@pytest.mark.parametrize(
    ("command", "status", "output"),
    [
        ("pw usershow ann", 0, "ann:*:1001:1001:staff:1:2:Ann:/home/ann:/bin/csh\n"),
        ("pw usershow 1001 -7", 0, "ann:*:1001:1001:Ann:/home/ann:/bin/csh\n"),
        ("pw usershow nobody", 67, ""),
        ("pw groupshow team", 0, "team:*:20:ann,bob\n"),
        ("pw groupshow -n none", 65, ""),
        ("pw groupshow -a | wc -l | tr -d ' '", 0, "4\n"),
        ("pw usernext", 0, "1006:1002\n"),
        ("pw groupnext", 0, "1002\n"),
        ("pw useradd ann", 65, ""),
        ("pw useradd web -g none", 65, ""),
        ("pw useradd 'a:b' -g mail", 65, ""),
        ("pw groupadd team", 65, ""),
        ("pw groupmod team -m none", 67, ""),
        ("pw lock bob", 65, ""),
        ("pw unlock ann", 65, ""),
    ],
)
def test_pw_answers(command: str, status: int, output: str) -> None:
    world = World()
    found = world.run(command)
    assert found[:2] == (status, output)
    assert (world.users, world.groups) == ([], [])


@pytest.mark.parametrize("command", ["pw useradd web -u 1001 -g 6", "pw groupadd web -g 20"])
def test_an_id_that_is_taken(command: str) -> None:
    with pytest.raises(AccountConflict):
        World().run(command)


@pytest.mark.parametrize(
    "command",
    [
        "pw useradd web -w random",
        "pw useradd -D -b /home",
        "pw userdel ann -r",
        "pw usershow -P ann",
        "pw -V /elsewhere useradd web",
        "pw fly",
    ],
)
def test_what_pw_does_not_do_here(command: str) -> None:
    world = World()
    with pytest.raises(Refused):
        world.run(command)


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (["useradd", None, "-u", "5"], True),
        ([None, "groupshow", "www"], True),
        (["useradd", "web", "-Z"], False),
        (["fly"], False),
    ],
)
def test_what_is_known_of_pw_beforehand(words: list[str | None], known: bool) -> None:
    assert (PW.objection(words) is None) is known


def test_the_files_keep_lines_that_are_no_accounts_and_their_modes() -> None:
    world = World()
    world.run("pw groupadd web -g 80; pw useradd web -u 80 -g 80")
    master = world.files.stat("/etc/master.passwd")
    passwd = world.files.stat("/etc/passwd")
    assert master is not None
    assert passwd is not None
    assert (master.mode, passwd.mode) == (0o600, 0o644)
    assert world.files.read("/etc/passwd").decode().splitlines()[-2:] == [
        "+:*:::::",
        "web:*:80:80:User &:/home/web:/bin/sh",
    ]


def test_a_home_is_made_of_the_skeleton() -> None:
    world = World()
    world.files.mkdir("/usr/share/skel")
    world.files.write("/usr/share/skel/dot.profile", [b"x"], mode=0o600)
    assert world.run("pw useradd web -u 80 -m")[0] == 0
    profile = world.files.stat("/home/web/.profile")
    assert profile is not None
    assert (profile.owner, profile.group, profile.mode) == ("web", "web", 0o600)
    mail = world.files.stat("/var/mail/web")
    assert mail is not None
    assert (mail.owner, mail.mode) == ("web", 0o600)


# indexinfo ------------------------------------------------------------------------------------

PAGE = """Some words.
INFO-DIR-SECTION {section}
START-INFO-DIR-ENTRY
* {name}: ({name}).    A page.
END-INFO-DIR-ENTRY
* not: an entry
\x1fNode: Top
* neither: is this
"""


def test_an_index_of_info_pages() -> None:
    world = World()
    world.files.mkdir("/usr/share/info")
    for name, section in (("sed", "Text"), ("awk", "Text"), ("gdb", "Tools")):
        text = PAGE.format(name=name, section=section).encode()
        packed = name == "awk"
        path = f"/usr/share/info/{name}.info" + (".gz" if packed else "")
        world.files.write(path, [gzip.compress(text) if packed else text])
    world.files.write("/usr/share/info/gdb.info-1", [b"INFO-DIR-SECTION Other\n"])
    assert world.run("indexinfo /usr/share/info") == (0, "", "")
    index = world.files.read("/usr/share/info/dir").decode()
    assert "\x1f\nFile: dir,\tNode: Top" in index
    assert index.partition("* Menu:\n")[2] == (
        "\nText\n* awk: (awk).    A page.\n* sed: (sed).    A page.\n"
        "\nTools\n* gdb: (gdb).    A page.\n"
    )
    for name in ("sed.info", "awk.info.gz", "gdb.info"):
        world.files.unlink(f"/usr/share/info/{name}")
    assert world.run("indexinfo /usr/share/info") == (0, "", "")
    assert world.files.stat("/usr/share/info/dir") is None


def test_no_folder_no_index() -> None:
    status, _, errors = World().run("indexinfo /none")
    assert (status, errors) == (1, "indexinfo: /none: No such file or directory\n")


# xmlcatmgr ------------------------------------------------------------------------------------


def test_catalogs() -> None:
    world = World()
    assert world.run("xmlcatmgr -c /etc/xml create; xmlcatmgr -sc /etc/sgml create")[0] == 0
    empty = world.files.read("/etc/xml")
    assert world.run("xmlcatmgr -c /etc/xml add nextCatalog '/a&b/catalog.xml'")[0] == 0
    assert b'  <nextCatalog catalog="/a&amp;b/catalog.xml"/>\n</catalog>' in world.files.read(
        "/etc/xml"
    )
    assert world.run("xmlcatmgr -c /etc/xml lookup '/a&b/catalog.xml' >/dev/null")[0] == 0
    assert world.run("xmlcatmgr -c /etc/xml add nextCatalog '/a&b/catalog.xml'")[0] == 1
    assert world.run("xmlcatmgr -c /etc/xml remove nextCatalog '/a&b/catalog.xml'")[0] == 0
    assert world.files.read("/etc/xml") == empty
    assert world.run("xmlcatmgr -c /etc/xml remove nextCatalog '/a&b/catalog.xml'")[0] == 1
    assert world.run("xmlcatmgr -sc /etc/sgml add CATALOG /a/catalog")[0] == 0
    assert world.files.read("/etc/sgml") == b'CATALOG "/a/catalog"\n'
    assert world.run("xmlcatmgr -sc /etc/sgml remove CATALOG /a/catalog")[0] == 0
    assert world.files.read("/etc/sgml") == b""


@pytest.mark.parametrize(
    "command",
    ["xmlcatmgr -c /none add nextCatalog x", "xmlcatmgr -c /etc/group add what x"],
)
def test_catalogs_that_fail(command: str) -> None:
    assert World().run(command)[0] == 1
