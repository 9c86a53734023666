"""Scripts run over a view of the root, in pkg's order; what is unknown is deferred whole."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from portfake.formats import keyword
from portfake.formats.keyword import Expansion
from portfake.install.ledger import LedgerState
from portfake.install.scripts.outcome import UnknownScripts
from portfake.install.scripts.rehearsal import Rehearsal
from portfake.limits import Limits
from portfake.model.manifest import Manifest, PackagedFile, Phase
from portfake.shell.memory import MemoryFiles

MASTER = "root::0:0::0:0:Charlie &:/root:/bin/sh\nwww:*:80:80::0:0:Web:/none:/sbin/nologin\n"
GROUP = "wheel:*:0:root\nmail:*:6:\nwww:*:80:\n"


def root(**files: str) -> MemoryFiles:
    tree = MemoryFiles()
    for folder in ("/etc", "/usr", "/usr/local", "/usr/local/etc", "/var", "/var/mail"):
        tree.mkdir(folder)
    texts = {"/etc/master.passwd": MASTER, "/etc/passwd": "", "/etc/group": GROUP}
    for path, text in {**texts, **files}.items():
        tree.write(path, [text.encode()], mode=0o600 if "master" in path else 0o644)
    return tree


def package(
    scripts: Mapping[Phase, str] = {},
    lua: Mapping[Phase, tuple[str, ...]] = {},
    files: tuple[str, ...] = (),
    **fields: Any,
) -> Manifest:
    return Manifest(
        name=fields.pop("name", "demo"),
        version="1.0",
        origin="misc/demo",
        comment="a demo",
        desc="a demo",
        maintainer="me@example.org",
        www="UNKNOWN",
        prefix="/usr/local",
        abi="FreeBSD:14:*",
        scripts=scripts,
        lua_scripts=lua,
        files=tuple(PackagedFile(path=path, mode=0o640, mtime=5) for path in files),
        **fields,
    )


def contents(path: str) -> io.BytesIO:
    return io.BytesIO(f"content of {path}\n".encode())


def rehearsed(
    manifest: Manifest, tree: MemoryFiles | None = None, **options: Any
) -> tuple[Rehearsal, dict[str, bytes | None]]:
    rehearsal = Rehearsal(tree or root(), clock=9, **options)
    rehearsal.install(manifest, contents)
    return rehearsal, {edit.path: edit.content for edit in rehearsal.edits()}


def states(rehearsal: Rehearsal) -> list[tuple[Phase, LedgerState]]:
    return [(entry.phase, entry.state) for entry in rehearsal.ledger]


ADD_USER = """
PW="/usr/sbin/pw"
if ! ${PW} groupshow demo >/dev/null 2>&1; then
  ${PW} groupadd demo -g 900
fi
if ! ${PW} usershow demo >/dev/null 2>&1; then
  ${PW} useradd demo -u 901 -g 900  -c "Demo Daemon" -d /var/db/demo -s /usr/sbin/nologin
fi
mkdir -p /var/db
install -d -g demo -o demo ${PKG_ROOTDIR}/var/db/demo
if ! ${PW} groupshow mail | grep -qw demo; then
  ${PW} groupmod mail -m demo
fi
"""


def test_users_and_groups() -> None:
    rehearsal, edits = rehearsed(package({Phase.PRE_INSTALL: ADD_USER}))
    assert rehearsal.problems == []
    assert states(rehearsal) == [(Phase.PRE_INSTALL, LedgerState.DONE)]
    user = b"demo:*:901:900::0:0:Demo Daemon:/var/db/demo:/usr/sbin/nologin\n"
    assert edits["/etc/master.passwd"] == MASTER.encode() + user
    assert (edits["/etc/passwd"] or b"").splitlines()[-1] == (
        b"demo:*:901:900:Demo Daemon:/var/db/demo:/usr/sbin/nologin"
    )
    assert edits["/etc/group"] == b"wheel:*:0:root\nmail:*:6:demo\nwww:*:80:\ndemo:*:900:\n"
    assert edits["/var/mail/demo"] == b""
    home = rehearsal.view.stat("/var/db/demo")
    assert home is not None
    assert (home.owner, home.group, home.mode) == ("demo", "demo", 0o755)


@pytest.mark.parametrize(
    ("group", "master", "told"),
    [
        ("demo:*:7:\n", "", "group demo is to have the id 900, in the root it is 7"),
        ("else:*:900:\n", "", "group demo is to have the id 900, which the root gives to else"),
        (
            "",
            "demo:*:3:6::0:0:x:/:/x\n",
            "user demo is to have the id 901, in the root it is 3",
        ),
        (
            "",
            "x:*:901:6::0:0:x:/:/x\n",
            "user demo is to have the id 901, which the root gives to x",
        ),
    ],
)
def test_an_account_that_the_root_has_otherwise_is_a_conflict(
    group: str, master: str, told: str
) -> None:
    tree = root(**{"/etc/group": GROUP + group, "/etc/master.passwd": MASTER + master})
    rehearsal, _ = rehearsed(package({Phase.PRE_INSTALL: ADD_USER}), tree)
    assert told in " ".join(problem.message for problem in rehearsal.problems)


def test_accounts_as_the_root_has_them_when_asked() -> None:
    tree = root(**{"/etc/group": GROUP + "demo:*:900:\n", "/etc/master.passwd": MASTER + OWN})
    rehearsal, edits = rehearsed(package({Phase.PRE_INSTALL: ADD_USER}), tree, accept_accounts=True)
    assert rehearsal.problems == []
    assert "/etc/master.passwd" not in edits


OWN = "demo:*:5:900::0:0:x:/:/x\n"


def test_a_root_without_accounts_is_told() -> None:
    tree = MemoryFiles()
    rehearsal, _ = rehearsed(package({Phase.PRE_INSTALL: "pw groupadd demo -g 900"}), tree)
    assert "the root has no /etc/master.passwd" in rehearsal.problems[0].message


# which scripts, in which order

ORDER = "echo {} >> /tmp/order"


def test_the_order_is_that_of_pkg() -> None:
    tree = root()
    tree.mkdir("/tmp")
    old = 'echo "$2 $1" >> /tmp/order'
    scripts = {phase: f"echo {phase.value} $1 >> /tmp/order" for phase in Phase}
    manifest = package({**scripts, Phase.INSTALL: old, Phase.DEINSTALL: old})
    rehearsal = Rehearsal(tree)
    rehearsal.install(manifest, contents)
    rehearsal.delete(manifest)
    assert rehearsal.view.read("/tmp/order").decode().split("\n") == [
        "pre-install demo-1.0",
        "PRE-INSTALL demo-1.0",
        "post-install demo-1.0",
        "POST-INSTALL demo-1.0",
        "pre-deinstall demo-1.0",
        "DEINSTALL demo-1.0",
        "post-deinstall demo-1.0",
        "POST-DEINSTALL demo-1.0",
        "",
    ]


def test_files_are_there_between_pre_and_post_install() -> None:
    path = "/usr/local/share/demo/text"
    look = "[ -f /usr/local/share/demo/text ] && cp $PKG_PREFIX/share/demo/text /etc/{}; true"
    manifest = package(
        {Phase.PRE_INSTALL: look.format("before"), Phase.POST_INSTALL: look.format("after")},
        files=(path,),
    )
    rehearsal, edits = rehearsed(manifest)
    assert rehearsal.problems == []
    assert edits == {"/etc/after": f"content of {path}\n".encode()}


def test_later_packages_see_what_scripts_of_earlier_ones_did() -> None:
    rehearsal = Rehearsal(root())
    rehearsal.install(package({Phase.POST_INSTALL: "echo x > /etc/first"}, name="first"), contents)
    rehearsal.install(package({Phase.PRE_INSTALL: "mv /etc/first /etc/second"}), contents)
    assert [edit.path for edit in rehearsal.edits()] == ["/etc/second"]


def test_a_script_may_change_a_packaged_file() -> None:
    path = "/usr/local/share/demo"
    _, edits = rehearsed(
        package({Phase.POST_INSTALL: "echo more >> $PKG_PREFIX/share/demo"}, files=(path,))
    )
    assert edits == {path: f"content of {path}\nmore\n".encode()}


def test_upgrades_are_told() -> None:
    manifest = package({Phase.PRE_DEINSTALL: 'echo "$PKG_UPGRADE" > /etc/told'})
    rehearsal = Rehearsal(root())
    rehearsal.install(package(), contents, replaced=manifest)
    assert rehearsal.view.read("/etc/told") == b"true\n"


# what is not done

UNKNOWN = "rm -f /etc/passwd\n/usr/local/sbin/apxs -e -A -n php8\n"


def test_an_unknown_script_is_refused() -> None:
    rehearsal, edits = rehearsed(package({Phase.POST_INSTALL: UNKNOWN}))
    assert [problem.message for problem in rehearsal.problems] == [
        "demo-1.0: post-install script is of no known kind: apxs: this command is not known"
    ]
    assert edits == {}


def test_an_unknown_script_is_deferred_whole() -> None:
    manifest = package({Phase.POST_INSTALL: UNKNOWN})
    rehearsal, edits = rehearsed(manifest, unknown=UnknownScripts.DEFER)
    assert (rehearsal.problems, edits) == ([], {})
    (entry,) = rehearsal.ledger
    assert entry.state is LedgerState.DEFERRED
    assert entry.text == UNKNOWN
    assert "set -- demo-1.0\n" + UNKNOWN in entry.left


def test_an_unknown_script_is_left_out() -> None:
    manifest = package({Phase.POST_INSTALL: UNKNOWN})
    rehearsal, edits = rehearsed(manifest, unknown=UnknownScripts.IGNORE)
    assert (rehearsal.problems, edits) == ([], {})
    (entry,) = rehearsal.ledger
    assert (entry.state, entry.left) == (LedgerState.REFUSED, "")


@pytest.mark.parametrize(
    ("script", "state", "left"),
    [
        ("echo hello\n", LedgerState.NOT_NEEDED, ""),
        ("service demo stop || true", LedgerState.NOT_NEEDED, ""),
        ("echo read me >&4", LedgerState.NOT_NEEDED, ""),
        ("service ldconfig restart >/dev/null", LedgerState.DEFERRED, "service ldconfig restart\n"),
        (
            "/usr/sbin/kldxref ${PKG_ROOTDIR}boot",
            LedgerState.DEFERRED,
            "kldxref /boot\n",
        ),
        ("fc-cache -fs '/a b' || true", LedgerState.DEFERRED, "fc-cache -fs '/a b'\n"),
    ],
)
def test_what_is_left_to_the_running_system(script: str, state: LedgerState, left: str) -> None:
    rehearsal, edits = rehearsed(package({Phase.POST_INSTALL: script}))
    (entry,) = rehearsal.ledger
    assert (rehearsal.problems, edits) == ([], {})
    assert (entry.state, entry.left) == (state, left)


@pytest.mark.parametrize(
    "script",
    [
        "gdk-pixbuf-query-loaders > /usr/local/etc/loaders.cache",
        '[ -n "$(sysctl -q compat.linux.osrelease)" ] && echo x > /etc/linux',
        "echo x > /etc/x; service demo restart",
    ],
)
def test_scripts_that_wait_are_deferred_whole(script: str) -> None:
    rehearsal, edits = rehearsed(package({Phase.POST_INSTALL: script}))
    (entry,) = rehearsal.ledger
    assert (rehearsal.problems, edits) == ([], {})
    assert entry.state is LedgerState.DEFERRED
    assert entry.left.endswith(script + "\n")


def test_a_pre_install_script_that_fails_is_a_problem() -> None:
    rehearsal, _ = rehearsed(package({Phase.PRE_INSTALL: "echo no >&2; exit 1"}))
    assert [problem.message for problem in rehearsal.problems] == [
        "demo-1.0: pre-install script: ends with status 1: no"
    ]


def test_a_post_install_script_that_fails_did_what_it_did() -> None:
    rehearsal, edits = rehearsed(package({Phase.POST_INSTALL: "echo x > /etc/x; exit 1"}))
    assert rehearsal.problems == []
    assert edits == {"/etc/x": b"x\n"}
    assert "ends with status 1" in rehearsal.ledger[0].reason


# samples over an upgrade, with the text of the sample tree's own keyword

KEYWORD = Path(__file__).parents[2] / "fixtures/ports/Keywords/sample.ucl"
SAMPLE = "/usr/local/etc/demo.conf.sample"


def sampled() -> Manifest:
    texts = keyword.parse(KEYWORD.read_text(), "sample").lua_scripts
    line = "etc/demo.conf.sample"
    filled = Expansion("/usr/local", "", line, [line])
    lua = {phase: (filled.expand(text, comment="--"),) for phase, text in texts.items()}
    return package(lua=lua, files=(SAMPLE,))


@pytest.mark.parametrize(
    ("live", "after"),
    [("old\n", b"new\n"), ("mine\n", b"mine\n"), (None, b"new\n")],
)
def test_an_upgrade_follows_the_sample_where_nobody_changed_the_copy(
    live: str | None, after: bytes
) -> None:
    tree = root()
    tree.write(SAMPLE, [b"old\n"], mode=0o640)
    if live is not None:
        tree.write("/usr/local/etc/demo.conf", [live.encode()])
    rehearsal = Rehearsal(tree)
    rehearsal.install(sampled(), lambda path: io.BytesIO(b"new\n"), replaced=sampled())
    assert rehearsal.problems == []
    assert rehearsal.view.read("/usr/local/etc/demo.conf") == after
    rehearsal.delete(sampled())
    left = rehearsal.view.stat("/usr/local/etc/demo.conf")
    assert (left is not None) is (after == b"mine\n")


def test_a_script_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portfake.install.scripts.shell._LIMITS", Limits(steps=1000))
    rehearsal, edits = rehearsed(package({Phase.POST_INSTALL: "while :; do :; done"}))
    assert "steps" in rehearsal.problems[0].message
    assert edits == {}
