"""`pear install` done here: every rule by a package of our own, judged by PEAR's own installer."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from portfake.errors import InputError, Refused
from portfake.shell.command import UnknownOption
from portfake.stage.pear import pear_command
from tests.shell.worlds import World, described

SPACE = (
    'xmlns="http://pear.php.net/dtd/package-2.0" xmlns:tasks="http://pear.php.net/dtd/tasks-1.0"'
)
HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<package version="2.0" {SPACE}>
<name>Demo</name><channel>pear.php.net</channel><summary>Short — text</summary>
<description>Long</description>
<lead><name>N</name><user>n</user><email>n@example.org</email><active>yes</active></lead>
<date>2020-02-01</date><version><release>1.2.3</release><api>1.1.0</api></version>
<stability><release>stable</release><api>beta</api></stability><license>BSD</license>
<notes>None</notes>
"""
NEEDS = """<dependencies><required>
<php><min>5.2.0</min></php><pearinstaller><min>1.4.0</min></pearinstaller>
</required></dependencies>
"""
HEAD_1 = """<?xml version="1.0"?>
<!DOCTYPE package SYSTEM "http://pear.php.net/dtd/package-1.0">
<package version="1.0"><name>Old</name><summary>Short</summary><description>Long</description>
<maintainers><maintainer>
<user>n</user><name>N</name><email>n@example.org</email><role>lead</role>
</maintainer></maintainers>
"""
RELEASE_1 = "<version>0.9</version><date>2003-02-01</date><license>PHP</license><state>beta</state>"


def second(contents: str, release: str = "<phprelease/>") -> str:
    """A package.xml of version 2.0."""
    return f"{HEAD}<contents>{contents}</contents>{NEEDS}{release}</package>"


def first(files: str, changelog: str = "") -> str:
    """A package.xml of version 1.0."""
    return (
        f"{HEAD_1}<release>{RELEASE_1}<notes>n</notes><filelist>{files}</filelist></release>"
        f"{changelog}</package>"
    )


def release(conditions: str = "", files: str = "") -> str:
    conditions = conditions and f"<installconditions>{conditions}</installconditions>"
    files = files and f"<filelist>{files}</filelist>"
    return f"<phprelease>{conditions}{files}</phprelease>"


def replacing(kind: str, old: str, to: str) -> str:
    return f'<tasks:replace type="{kind}" from="{old}" to="{to}"/>'


@dataclass(frozen=True)
class Case:
    rule: str
    package: str
    files: Mapping[str, str | bytes]
    installed: Mapping[str, str | bytes]
    """Path below LOCALBASE -> content."""

    def __str__(self) -> str:
        return self.rule


TEXT = "text\n"
ROLES = ("php", "data", "doc", "test", "script", "www", "cfg")
CASES = [
    Case(
        "each role has its folder",
        second(
            '<dir name="/">'
            + "".join(f'<file name="d/{role}.x" role="{role}"/>' for role in ROLES)
            + "</dir>"
        ),
        {f"d/{role}.x": role for role in ROLES},
        {
            "share/pear/d/php.x": "php",
            "share/pear/data/Demo/d/data.x": "data",
            "share/doc/pear/Demo/d/doc.x": "doc",
            "share/pear/tests/Demo/d/test.x": "test",
            "bin/d/script.x": "script",
            "www/d/www.x": "www",
            "etc/pear/Demo/d/cfg.x": "cfg",
        },
    ),
    Case(
        "baseinstalldir is for some roles, and is handed down",
        second(
            '<dir name="/" baseinstalldir="Top"><dir name="a" baseinstalldir="Other\\One">'
            '<file name="x.php" role="php"/><file name="y.php" role="php" baseinstalldir="/"/>'
            '</dir><dir name="b"><file name="x.php" role="php"/><file name="c.cfg" role="cfg"/>'
            '<file name="x.txt" role="data"/></dir><file name="s" role="script"/></dir>'
        ),
        dict.fromkeys(("a/x.php", "a/y.php", "b/x.php", "b/c.cfg", "b/x.txt", "s"), TEXT),
        {
            "share/pear/Other/One/a/x.php": TEXT,
            "share/pear/a/y.php": TEXT,
            "share/pear/Top/b/x.php": TEXT,
            "etc/pear/Demo/Top/b/c.cfg": TEXT,
            "share/pear/data/Demo/b/x.txt": TEXT,
            "bin/Top/s": TEXT,
        },
    ),
    Case(
        "a release renames and leaves out",
        second(
            '<dir name="/"><dir name="bin"><file name="tool.php" role="script"/></dir>'
            '<dir name="doc"><file name="a//b" role="doc"/><file name="no" role="doc"/></dir>'
            "</dir>",
            release(
                files='<install name="bin/tool.php" as="tool"/>'
                '<install name="doc/a/b" as="c/d"/><ignore name="doc/no"/>'
            ),
        ),
        {"bin/tool.php": TEXT, "doc/a/b": TEXT, "doc/no": TEXT},
        {"bin/tool": TEXT, "share/doc/pear/Demo/c/d": TEXT},
    ),
    Case(
        "of several releases the first that applies is taken",
        second(
            '<dir name="/"><file name="t.bat" role="script"/>'
            '<file name="t.sh" role="script"/></dir>',
            release("<os><name>windows</name></os>", '<ignore name="t.sh"/>')
            + release(
                "<php><min>5.1</min></php><os><name>UNIX</name></os>", '<ignore name="t.bat"/>'
            )
            + release("", '<ignore name="t.sh"/>'),
        ),
        {"t.bat": TEXT, "t.sh": TEXT},
        {"bin/t.sh": TEXT},
    ),
    Case(
        "texts are replaced, one after the other",
        second(
            '<dir name="/"><file name="x" role="php">'
            + replacing("pear-config", "@php@", "php_dir")
            + replacing("pear-config", "@data@", "data_dir")
            + replacing("pear-config", "@bin@", "php_bin")
            + replacing("package-info", "@version@", "version")
            + replacing("package-info", "@api@", "api-version")
            + replacing("package-info", "@state@", "state")
            + replacing("package-info", "@licence@", "license")
            + replacing("package-info", "@date@", "release_date")
            + replacing("package-info", "@summary@", "summary")
            + replacing("package-info", "Demo", "channel")
            + replacing("php-const", "@sep@", "DIRECTORY_SEPARATOR")
            + '</file><file name="y" role="php">'
            + replacing("package-info", "@a@", "name")
            + replacing("package-info", "Demo", "version")
            + "</file></dir>"
        ),
        {
            "x": b"@php@ @data@ @bin@ @version@ @api@ @state@ @licence@ @date@ @sep@ \xff@summary@",
            "y": "@a@ @version@",
        },
        {
            "share/pear/x": b"LOCAL/share/pear LOCAL/share/pear/data LOCAL/bin/php 1.2.3 1.1.0 "
            b"stable BSD 2020-02-01 / \xffShort \xe2\x80\x94 text",
            "share/pear/y": "1.2.3 @version@",
        },
    ),
    Case(
        "line ends are made those of a system",
        second(
            '<dir name="/"><file name="u" role="doc"><tasks:unixeol/></file>'
            '<file name="w" role="doc"><tasks:windowseol/></file>'
            '<file name="both" role="doc"><tasks:windowseol/>'
            + replacing("package-info", "\r\nz", "name").replace("\r\n", "&#13;&#10;")
            + "</file></dir>"
        ),
        {"u": b"a\r\nb\rc\n\rd\n\n", "w": b"a\r\nb\rc\n\rd\n\n", "both": b"x\nz"},
        {
            "share/doc/pear/Demo/u": b"a\nb\nc\nd\n\n",
            "share/doc/pear/Demo/w": b"a\r\nb\r\nc\r\nd\r\n\r\n",
            "share/doc/pear/Demo/both": b"xDemo",
        },
    ),
    Case(
        "a script for afterwards is a file like others",
        second(
            '<dir name="/"><file name="after.php" role="php"><tasks:postinstallscript>'
            "<tasks:paramgroup><tasks:id>a</tasks:id></tasks:paramgroup>"
            "</tasks:postinstallscript></file></dir>"
        ),
        {"after.php": "<?php class after_postinstall { function init() {} function run() {} }\n"},
        {
            "share/pear/after.php": "<?php class after_postinstall "
            "{ function init() {} function run() {} }\n"
        },
    ),
    Case(
        "a wrong sum is only warned of",
        second('<dir name="/"><file name="x" role="data" md5sum="0123"/></dir>'),
        {"x": TEXT},
        {"share/pear/data/Demo/x": TEXT},
    ),
    Case(
        "a text in no known encoding is ISO-8859-1",
        second(
            '<dir name="/"><file name="x" role="data">'
            + replacing("package-info", "é", "summary")
            + "</file></dir>"
        ).replace(' encoding="UTF-8"', ""),
        {"x": b"\xe9 \xc3\xa9"},
        {"share/pear/data/Demo/x": b"Short ? text \xc3\xa9"},
    ),
    Case(
        "version 1: folders may be anywhere, base and role hold on",
        first(
            '<dir name="/" baseinstalldir="Base" role="php"><file>a.php</file>'
            '<dir name="d" role="test"><file name="t.phpt"/></dir><file name="later"/>'
            '<dir name="/e/"><file role="php" name="f\\g.php"/></dir></dir>'
            '<file role="script" install-as="run" name="run.php"/>'
            '<file role="doc" baseinstalldir="/" name="docs/README"/>',
            '<changelog><release><version>0.1</version><filelist><file role="php" name="no"/>'
            "</filelist></release></changelog>",
        ),
        dict.fromkeys(("a.php", "d/t.phpt", "later", "e/f/g.php", "run.php", "docs/README"), TEXT),
        {
            "share/pear/Base/a.php": TEXT,
            "share/pear/tests/Old/d/t.phpt": TEXT,
            "share/pear/tests/Old/later": TEXT,
            "share/pear/Base/e/f/g.php": TEXT,
            "bin/Base/run": TEXT,
            "share/doc/pear/Old/docs/README": TEXT,
        },
    ),
    Case(
        "version 1: replacements, and what is not known stays",
        first(
            '<file role="data" name="x"><replace type="pear-config" from="@dir@" to="bin_dir"/>'
            '<replace type="package-info" from="@v@" to="version"/>'
            '<replace type="package-info" from="@n@" to="package"/>'
            '<replace type="package-info" from="@no@" to="name"/></file>'
        ),
        {"x": "@dir@ @v@ @n@ @no@"},
        {"share/pear/data/Old/x": "LOCAL/bin 0.9 Old @no@"},
    ),
    Case(
        "version 1: files of other systems are left out",
        first(
            '<file role="data" name="w" platform="windows"/>'
            '<file role="data" name="n" platform="!windows"/>'
            '<file role="data" name="s" platform="*"/>'
        ),
        {"w": TEXT, "n": TEXT, "s": TEXT},
        {"share/pear/data/Old/n": TEXT, "share/pear/data/Old/s": TEXT},
    ),
]


def as_bytes(content: str | bytes, top: str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return data.replace(b"LOCAL", f"{top}/local".encode())


def tree_of(world: World) -> set[str]:
    """Lines of what lies in the packaging root below LOCALBASE, without numbers of files."""
    top = f"root{world.top}/local/"
    lines = (line.removeprefix(top) for line in world.lines() if line.startswith(top))
    return {without_number(line) for line in lines if line != " 755"}


def without_number(line: str) -> str:
    name, _, rest = line.partition(" #")
    return f"{name} {rest.partition(' ')[2]}" if rest else line


def world_of(files: Mapping[str, str | bytes], top: str) -> World:
    world = World(top=top)
    for name, content in files.items():
        world.shell.view.make_folders(str(Path(f"{top}/{name}").parent))
        world.put(name, content)
    world.commands["local/bin/pear"] = pear_command(f"{top}/local")
    return world


def install(package: str | bytes, files: Mapping[str, str | bytes], top: str = "/w") -> World:
    world = world_of({**files, "package.xml": package}, top)
    done = world.run(f"{top}/local/bin/pear install -n -f -P {top}/root package.xml")
    assert done.status == 0, world.errors
    return world


every_case = pytest.mark.parametrize("case", CASES, ids=str)


@every_case
def test_what_is_installed(case: Case) -> None:
    found = tree_of(install(case.package, case.files))
    files = {line for line in found if line.partition(" ")[0][-1] != "/"}
    assert files == {
        f"{path} {'755' if path.startswith('bin/') else '644'} {as_bytes(content, '/w')!r}"
        for path, content in case.installed.items()
    }


REGISTRY = (".channels", ".depdb", ".depdblock", ".filemap", ".lock", ".registry")
"""What Mk/Uses/pear.mk removes."""


@every_case
def test_as_pear_itself_installs(case: Case, tmp_path: Path, tool: Callable[[str], str]) -> None:
    top = tmp_path / "p"
    for name, content in {**case.files, "package.xml": case.package}.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    theirs = installed_by_pear(tool("pear"), top)
    assert tree_of(install(case.package, case.files, str(top))) == theirs


def installed_by_pear(pear: str, top: Path, channel: str = "") -> set[str]:
    """What PEAR makes of the package in a folder, as `tree_of` tells it.

    `channel` is one that it does not know yet. Raises CalledProcessError where it refuses.
    """
    (top / "pear.conf").write_text(configuration(f"{top}/local"))
    calls = [["install", "-n", "-f", "-P", f"{top}/root", "package.xml"]]
    if channel:
        (top / "channel.xml").write_text(CHANNEL.format(channel))
        calls.insert(0, ["channel-add", f"{top}/channel.xml"])
    for arguments in calls:
        subprocess.run(
            [pear, "-C", f"{top}/pear.conf", "-c", f"{top}/none", *arguments],
            cwd=top,
            check=True,
            capture_output=True,
            umask=0o022,
        )
    base = top / "root" / str(top / "local").lstrip("/")
    for name in REGISTRY:
        path = base / "share/pear" / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return {without_number(line) for line in described(base)}


CHANNEL = """<?xml version="1.0"?>
<channel version="1.0" xmlns="http://pear.php.net/channel-1.0"><name>{0}</name>
<summary>One</summary><suggestedalias>one</suggestedalias>
<servers><primary></primary></servers></channel>
"""


def configuration(base: str) -> str:
    """What devel/pear sets, as PEAR's file has it: PHP's serialization."""
    folders = {"php_dir": "share/pear", "doc_dir": "share/doc/pear", "data_dir": "share/pear/data"}
    folders |= {"test_dir": "share/pear/tests", "bin_dir": "bin", "cfg_dir": "etc/pear"}
    folders |= {"www_dir": "www", "php_bin": "bin/php"}
    text = "".join(
        f's:{len(key)}:"{key}";s:{len(f"{base}/{path}")}:"{base}/{path}";'
        for key, path in folders.items()
    )
    return f"#PEAR_Config 0.9\na:{len(folders)}:{{{text}}}"


def one(role: str = "php", tasks: str = "", name: str = "x") -> str:
    return f'<dir name="/"><file name="{name}" role="{role}">{tasks}</file></dir>'


@pytest.mark.parametrize(
    ("package", "told"),
    [
        (second(one("mine")), "x has the role mine"),
        (second(one("man")), "x has the role man"),
        (first('<file role="src" name="x"/>'), "x has the role src"),
        (second(one(tasks="<tasks:mine/>")), "x has the task mine"),
        (second(one(tasks=replacing("pear-config", "@x@", "ext_dir"))), "pear-config ext_dir"),
        (second(one(tasks=replacing("php-const", "@x@", "PHP_VERSION"))), "php-const PHP_VERSION"),
        (second(one(tasks=replacing("package-info", "@x@", "time"))), "package-info time"),
        (second(one(), "<extsrcrelease/>"), "of the kind extsrc"),
        (second(one(), release("<php><min>8.1</min></php>")), "for php min 8.1 only"),
        (second(one(), release("<extension><name>gd</name></extension>")), "for extension name gd"),
        (first('<file role="data" name="x" platform="freebsd-4"/>'), "is for freebsd-4 only"),
    ],
)
def test_what_is_not_known_is_refused_by_name(package: str, told: str) -> None:
    with pytest.raises(Refused) as refused:
        install(package, {"x": TEXT})
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("package", "told"),
    [
        (second(one(name="y")), "y is not there"),
        (
            second(one(), release(files='<install name="z" as="a"/>')),
            "installs z, which is no file",
        ),
        (second(one(), release(files='<install name="x" as="../../../a"/>')), "climb out"),
        (
            second(one(), release("<os><name>windows</name></os>")),
            "no release in it is for FreeBSD",
        ),
        ("<package><name>a</name></package>", "without a version"),
        (HEAD, "is no XML"),
        (second(one()).replace("Demo", "&nbsp;"), "is no XML"),
        (first('<file role="doc">&nbsp;</file>'), "uses the entity nbsp"),
        (
            second(one()).replace("<package", '<!DOCTYPE package [<!ENTITY a "b">]><package', 1),
            "declares the entity a",
        ),
        (second("<dir>" * 300 + "</dir>" * 300), "nested deeper"),
    ],
)
def test_what_is_wrong_is_told(package: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        install(package, {"x": TEXT})


def test_the_role_of_horde() -> None:
    """As devel/pear-Horde_Role adds it: honours baseinstalldir, below www_dir."""
    package = second('<dir name="/"><file name="js/x.js" baseinstalldir="/" role="horde"/></dir>')
    found = tree_of(install(package, {"js/x.js": TEXT}))
    assert "www/horde/js/x.js 644 b'text\\n'" in found


@pytest.mark.parametrize(
    "line",
    [
        *("list", "install x.xml", "install -n -f package.xml", "install -n -f -P /w/root x.tgz"),
        *("install -n -f -R /w/root package.xml", "install -n -f -P /w/root a.xml b.xml"),
    ],
)
def test_other_calls_are_refused(line: str) -> None:
    world = world_of({}, "/w")
    command = world.commands["local/bin/pear"]
    assert command.objection(line.split()) is not None
    with pytest.raises(UnknownOption):
        world.run(f"/w/local/bin/pear {line}")


def test_the_framework_s_call_is_foreseen() -> None:
    command = pear_command("/usr/local")
    assert command.objection(["install", "-n", "-f", "-P", None, "package.xml"]) is None
