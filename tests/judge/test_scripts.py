"""Scripts of real packages: what the tree's keywords and framework make, done natively or told."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portfake.formats import keyword, manifest_reader
from portfake.formats.keyword import Expansion
from portfake.formats.passwd import Group, User, parse_group, parse_passwd
from portfake.install.ledger import LedgerState
from portfake.install.scripts.lua import recognised
from portfake.install.scripts.outcome import UnknownScripts
from portfake.install.scripts.rehearsal import Rehearsal
from portfake.model.manifest import Manifest, Phase
from portfake.shell.commands import base_commands
from portfake.shell.interpreter import Interpreter
from portfake.shell.memory import MemoryFiles
from tests.command_line import call

pytestmark = pytest.mark.judge

MASTER = """root::0:0::0:0:Charlie &:/root:/bin/sh
daemon:*:1:1::0:0:Owner of many system processes:/root:/usr/sbin/nologin
operator:*:2:5::0:0:System &:/:/usr/sbin/nologin
bind:*:53:53::0:0:Bind Sandbox:/:/usr/sbin/nologin
uucp:*:66:66::0:0:UUCP pseudo-user:/var/spool/uucppublic:/usr/local/libexec/uucp/uucico
www:*:80:80::0:0:World Wide Web Owner:/nonexistent:/usr/sbin/nologin
nobody:*:65534:65534::0:0:Unprivileged user:/nonexistent:/usr/sbin/nologin
"""
GROUP = """wheel:*:0:root
daemon:*:1:
operator:*:5:root
mail:*:6:
bin:*:7:
games:*:13:
bind:*:53:
uucp:*:66:
www:*:80:
dialer:*:68:
network:*:69:
nogroup:*:65533:
nobody:*:65534:
"""
SHELLS = "/bin/sh\n/bin/csh\n"


def memory() -> MemoryFiles:
    files = MemoryFiles()
    for folder in ("/etc", "/usr", "/usr/local", "/usr/local/etc", "/var", "/var/db", "/tmp"):
        files.mkdir(folder)
    for path, text in (
        ("/etc/master.passwd", MASTER),
        ("/etc/passwd", ""),
        ("/etc/group", GROUP),
        ("/etc/shells", SHELLS),
    ):
        files.write(path, [text.encode()])
    return files


def demo(**scripts: str) -> Manifest:
    return Manifest(
        name="demo", version="1", origin="x/demo", comment="c", desc="d", maintainer="m",
        www="w", prefix="/usr/local", abi="FreeBSD:14:*",
        scripts={Phase(name.replace("_", "-")): text for name, text in scripts.items()},
    )  # fmt: skip


@pytest.mark.parametrize("tree", ["PORTFAKE_TREE", "PORTFAKE_OTHER_TREE"])
def test_every_lua_keyword_is_known(tree: str, judged: Callable[[str], str]) -> None:
    unknown = []
    for path in sorted(Path(judged(tree), "Keywords").glob("*.ucl")):
        for phase, text in keyword.parse(path.read_text(), path.stem).lua_scripts.items():
            for line in ("etc/a.sample", "bin/b etc/c"):
                filled = Expansion("/usr/local", "", line, line.split()).expand(text, comment="--")
                if recognised(filled) is None:
                    unknown.append((path.stem, phase.value))
    assert unknown == []


# users and groups


def accounts(tree: Path) -> tuple[dict[str, User], dict[str, Group]]:
    """The tree's own UIDs and GIDs; of the former the fields behind the class are bare."""
    users = {}
    for line in (tree / "UIDs").read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, uid, gid, login_class, _, _, gecos, home, shell = line.split(":")
            users[name] = User(
                name=name, uid=int(uid), gid=int(gid), login_class=login_class,
                gecos=gecos, home=home, shell=shell,
            )  # fmt: skip
    groups = parse_group((tree / "GIDs").read_text(), "GIDs")
    return users, {group.name: group for group in groups if isinstance(group, Group)}


def combinations(tree: Path) -> set[tuple[str, str]]:
    """Every user and group alone, and what Makefiles say in one line each."""
    users, groups = accounts(tree)
    names = {group.gid: group.name for group in groups.values()}
    found = {(name, names[user.gid]) for name, user in users.items() if user.gid in names}
    found |= {("", name) for name in groups}
    for makefile in tree.glob("*/*/Makefile"):
        text = makefile.read_bytes().decode("utf-8", "surrogateescape")
        said = dict(re.findall(r"^(USERS|GROUPS)[ \t]*=[ \t]*([\w \t.-]+)$", text, re.MULTILINE))
        pair = said.get("USERS", "").split(), said.get("GROUPS", "").split()
        if any(pair) and set(pair[0]) <= users.keys() and set(pair[1]) <= groups.keys():
            found.add((" ".join(pair[0]), " ".join(pair[1])))
    return found


def generated(tree: Path, users: str, groups: str) -> tuple[str, str]:
    """What Mk/Scripts/do-users-groups.sh makes, interpreted as it stands."""
    files = MemoryFiles()
    for folder in ("/ports", "/ports/Mk", "/ports/Mk/Scripts", "/wrk"):
        files.mkdir(folder)
    for name in ("UIDs", "GIDs", "Mk/Scripts/do-users-groups.sh", "Mk/Scripts/functions.sh"):
        files.write(f"/ports/{name}", [(tree / name).read_bytes()])
    environment = {
        "dp_ECHO_MSG": "echo", "dp_GID_FILES": "/ports/GIDs", "dp_GID_OFFSET": "0",
        "dp_GROUPS_BLACKLIST": "wheel mail www", "dp_INSTALL": "install", "dp_OPSYS": "FreeBSD",
        "dp_OSVERSION": "1400097", "dp_PREFIX": "/usr/local", "dp_PW": "/usr/sbin/pw",
        "dp_SCRIPTSDIR": "/ports/Mk/Scripts", "dp_UG_DEINSTALL": "/wrk/deinstall",
        "dp_UG_INSTALL": "/wrk/install", "dp_UID_FILES": "/ports/UIDs", "dp_UID_OFFSET": "0",
        "dp_USERS_BLACKLIST": "root www",
    }  # fmt: skip
    shell = Interpreter(files, base_commands(), environment=environment)
    result = shell.run(
        '/bin/sh /ports/Mk/Scripts/do-users-groups.sh "$1" "$2"', arguments=[users, groups]
    )
    assert result.status == 0, result
    return files.read("/wrk/install").decode(), files.read("/wrk/deinstall").decode()


def test_users_and_groups_are_native(judged: Callable[[str], str]) -> None:
    tree = Path(judged("PORTFAKE_TREE"))
    known_users, known_groups = accounts(tree)
    tried = 0
    for users, groups in sorted(combinations(tree)):
        install, deinstall = generated(tree, users, groups)
        root = memory()
        rehearsal = Rehearsal(root)
        if users and not groups:
            # The framework relies on groups that are there.
            continue
        rehearsal.install(demo(pre_install=install, post_deinstall=deinstall), no_content)
        check_accounts(rehearsal, users.split(), groups.split(), known_users, known_groups)
        tried += 1
        rehearsal.delete(demo(pre_install=install, post_deinstall=deinstall))
        states = [entry.state for entry in rehearsal.ledger]
        assert set(states) <= {LedgerState.DONE, LedgerState.NOT_NEEDED}, (users, groups, states)
    print(f"{tried} combinations of users and groups")
    assert tried > 900


def check_accounts(
    rehearsal: Rehearsal,
    users: list[str],
    groups: list[str],
    known_users: dict[str, User],
    known_groups: dict[str, Group],
) -> None:
    """Whoever is asked for is there as UIDs and GIDs say, and nothing else changed."""
    assert rehearsal.problems == [], (users, groups)
    view = rehearsal.view
    lines = parse_passwd(view.read("/etc/passwd").decode(), "passwd")
    found = {line.name: line for line in lines if isinstance(line, User)}
    made = parse_group(view.read("/etc/group").decode(), "group")
    members = {line.name: line for line in made if isinstance(line, Group)}
    for name in users:
        if f"\n{name}:" in f"\n{MASTER}":
            continue
        wanted = known_users[name]
        made_of = found[name]
        assert (made_of.uid, made_of.gid, made_of.home, made_of.shell) == (
            *(wanted.uid, wanted.gid, wanted.home, wanted.shell),
        )
        if wanted.home not in {"/", "/nonexistent", "/var/empty"}:
            folder = view.stat(wanted.home)
            assert folder is not None, wanted.home
            assert folder.owner == name
    for name in groups:
        assert members[name].gid == known_groups[name].gid
        # The script looks for the name as a word in the whole line, the group's own included.
        asked = [
            member
            for member in known_groups[name].members
            if member in users and not re.search(rf"\b{re.escape(member)}\b", name)
        ]
        assert set(asked) <= set(members[name].members)


def no_content(path: str) -> io.BytesIO:
    """The oracles hold digests of files, not the files."""
    return io.BytesIO()


# packages


def cases(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") as lines:
        yield from map(json.loads, lines)


def manifests(oracles: Path) -> Iterator[Manifest]:
    for name in ("packages.jsonl.gz", "own-ports/results.jsonl.gz"):
        for case in cases(oracles / name):
            if case.get("manifest"):
                yield manifest_reader.parse(json.dumps(case["manifest"]), case["origin"])


UNKNOWN = {"slib-guile", "slib-guile1", "slib-guile2"}
"""Packages whose scripts run a program of another package."""


def test_scripts_of_packages(judged: Callable[[str], str]) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    unknown = []
    for manifest in manifests(Path(judged("PORTFAKE_ORACLES"))):
        if not manifest.scripts and not manifest.lua_scripts:
            continue
        rehearsal = Rehearsal(memory(), unknown=UnknownScripts.IGNORE)
        rehearsal.install(manifest, no_content)
        rehearsal.delete(manifest)
        assert rehearsal.problems == [], manifest.name
        for entry in rehearsal.ledger:
            counts[(entry.kind.value, entry.state.value)] += 1
            if entry.state is LedgerState.REFUSED:
                unknown.append((manifest.name, entry.phase.value, entry.reason))
    print(
        *(f"{kind} {state}: {count}" for (kind, state), count in sorted(counts.items())), sep="\n"
    )
    assert {name for name, _, _ in unknown} == UNKNOWN


# what lies on the disk

SKIPPED = ("/etc", "/var/db/pkg", "/var/db/portfake", "/var/mail")
ABOVE = {"/usr", "/var", "/var/db"}
"""The oracle does not list these."""


def on_disk(root: Path) -> dict[str, tuple[str, str, str | None]]:
    found: dict[str, tuple[str, str, str | None]] = {}
    for path in sorted(root.rglob("*")):
        name = f"/{path.relative_to(root)}"
        if name.startswith(SKIPPED) or name in ABOVE:
            continue
        mode = f"{path.lstat().st_mode & 0o7777:04o}"
        if path.is_symlink():
            found[name] = ("symlink", "", str(path.readlink()))
        elif path.is_dir():
            found[name] = ("dir", mode, None)
        else:
            found[name] = ("file", mode, hashlib.sha256(path.read_bytes()).hexdigest())
    return found


def said(case: dict[str, Any]) -> dict[str, tuple[str, str, str | None]]:
    return {
        item["path"]: (
            item["type"],
            "" if item["type"] == "symlink" else item["mode"],
            item.get("sha256") or item.get("target"),
        )
        for item in case["installed"]
        if not item["path"].startswith(SKIPPED)
    }


def test_what_own_ports_leave_on_the_disk(judged: Callable[[str], str], tmp_path: Path) -> None:
    oracles = Path(judged("PORTFAKE_ORACLES"))
    equal = 0
    told: dict[str, list[tuple[object, ...]]] = {}
    refused: dict[str, str] = {}
    for number, case in enumerate(cases(oracles / "own-ports/results.jsonl.gz")):
        if case.get("add_status") is None:
            continue
        root = tmp_path / str(number)
        (root / "etc").mkdir(parents=True)
        for name, text in (("master.passwd", MASTER), ("group", GROUP), ("shells", SHELLS)):
            (root / "etc" / name).write_text(text)
        origin = case["origin"] + (f"@{case['flavor']}" if case["flavor"] else "")
        answer = call(
            *("install", "--json", "--root", root, "--no-deps", "--ports", judged("PORTFAKE_TREE")),
            *("--overlay", oracles / "own-ports", "--distdir", oracles / "own-ports/distfiles"),
            *("--abi", "FreeBSD:14:amd64", "--osversion", "1400097", origin),
        )
        if answer.status != 0:
            refused[origin] = answer.err
            continue
        ours, theirs = on_disk(root), said(case)
        differing = {
            path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path)
        }
        ledger = answer.documents[0]["plan"]["ledger"]
        explained = {path for path in differing if any(path in entry["reason"] for entry in ledger)}
        if differing - explained:
            told[origin] = sorted(
                (path, ours.get(path), theirs.get(path)) for path in differing - explained
            )
        else:
            equal += 1
    print(f"{equal} of {equal + len(told)} leave the same or tell why not")
    assert told == {}
    assert refused == {}
