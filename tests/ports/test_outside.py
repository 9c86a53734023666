"""What evaluation sees of the world: the tree and the target, never the host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from portfake.limits import LimitExceeded
from portfake.model.abi import Abi
from portfake.ports.outside import MAKE_CONF, SHARE_MK, TargetOutside
from portfake.ports.profile import Profile
from portfake.ports.standing import Standing
from portfake.ports.tree import PortsTree
from portfake.root.mounts import MountTable
from portfake.shell.command import Command
from tests.ports.test_tree import plant


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return plant(tmp_path / "tree", "misc/demo")


def make_command(environ: Mapping[str, str]) -> Command:
    def run(invocation: object) -> int:
        raise AssertionError

    return Command("make", run, None)


@pytest.fixture
def outside(tree: Path) -> Iterator[TargetOutside]:
    with PortsTree(str(tree)) as opened:
        yield TargetOutside(
            Standing(
                MountTable(opened.mounts),
                Profile.compose(Abi.parse("FreeBSD:14:aarch64")),
                [f"{tree}/Mk"],
            ),
            make_conf="A=1\n",
            make_command=make_command,
            curdir=f"{tree}/misc/demo",
        )


def test_texts_of_the_tree_and_of_the_base_system(outside: TargetOutside, tree: Path) -> None:
    (tree / "misc/demo/Makefile").write_text("PORTNAME=demo\n")
    assert outside.text(f"{tree}/misc/demo/Makefile") == "PORTNAME=demo\n"
    assert outside.text(MAKE_CONF) == "A=1\n"
    assert "INSTALL" in (outside.text(f"{SHARE_MK}/sys.mk") or "")
    assert outside.exists(MAKE_CONF)
    assert outside.exists(f"{SHARE_MK}/sys.mk")


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "/etc/hostname", "/proc/self/environ", "/root", f"{SHARE_MK}/../sys.mk",
     f"{SHARE_MK}/none.mk", f"{SHARE_MK}/../../../../etc/passwd", "/"],
)  # fmt: skip
def test_nothing_of_the_host(path: str, outside: TargetOutside) -> None:
    assert outside.text(path) is None
    if path != "/":
        assert not outside.exists(path)
        assert outside.realpath(path) is None


@pytest.mark.parametrize("target", ["/etc", "../../../../../../../../etc"])
def test_no_link_leads_out(target: str, outside: TargetOutside, tree: Path) -> None:
    (tree / "misc/demo/out").symlink_to(target)
    path = f"{tree}/misc/demo/out/passwd"
    assert outside.text(path) is None
    assert not outside.exists(path)
    assert outside.output(f"cat {path}", {}) in {"", None}


def test_bytes_of_the_target_are_asked_of_its_profile(outside: TargetOutside) -> None:
    assert outside.output("/usr/bin/uname -p", {}) == "aarch64"
    assert outside.exists("/usr/include/sys/param.h")


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("echo a b | tr a-z A-Z", "A B\n"),
        ("cat Makefile | sed s/x/y/", "PORTNAME=y\n"),
        ('echo "$GIVEN"', "from make\n"),
        ("pwd", "{tree}/misc/demo\n"),
        ("test -f Makefile && echo yes", "yes\n"),
        ("false || echo no", "no\n"),
    ],
)
def test_commands_that_only_compute(
    command: str, output: str, outside: TargetOutside, tree: Path
) -> None:
    (tree / "misc/demo/Makefile").write_text("PORTNAME=x\n")
    assert outside.output(command, {"GIVEN": "from make"}) == output.format(tree=tree)


@pytest.mark.parametrize(
    "command",
    ["reboot", "python3 -c 1", "curl https://example.org/", "echo a; ./configure",
     "touch {tree}/misc/demo/x", "echo x > {tree}/misc/demo/x", "rm {tree}/misc/demo/Makefile",
     "mkdir {tree}/misc/new", "if"],
)  # fmt: skip
def test_commands_that_nobody_answers(command: str, outside: TargetOutside, tree: Path) -> None:
    """None, and nothing is done."""
    assert outside.output(command.format(tree=tree), {}) is None
    assert [path.name for path in (tree / "misc/demo").iterdir()] == ["Makefile"]


def test_a_command_without_end_is_stopped(outside: TargetOutside) -> None:
    with pytest.raises(LimitExceeded):
        outside.output("x=a; while :; do x=$x$x; done", {})
