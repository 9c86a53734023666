"""The shell's constructs, judged by dash; errors; limits."""

from __future__ import annotations

import pytest

from portfake.errors import InputError
from portfake.limits import LimitExceeded, Limits
from portfake.shell.command import UnknownCommand
from portfake.shell.commands import base_commands
from portfake.shell.interpreter import Interpreter
from portfake.shell.memory import MemoryFiles
from portfake.shell.parser import parse
from portfake.shell.syntax import ShellSyntaxError
from tests.shell.worlds import MakeWorld, Same, paragraphs

TREE = {"a": "1\n", "b": "2\n", "d": None, "d/e": None, "d/f": "x", "d/.h": "y", "sp ace": "s"}


@pytest.mark.parametrize("script", paragraphs("constructs.sh"))
def test_as_dash(same: Same, script: str) -> None:
    same(script, TREE)


@pytest.mark.parametrize("script", paragraphs("errexit.sh"))
def test_errexit_as_dash(same: Same, script: str) -> None:
    same(script, TREE, errexit=True)


BROKEN = r"""
if
if x; then
(
echo 'a
echo "a
echo `a
a | | b
a &&
case x in a
)
do x; done
for 1 in a; do b; done
x()
${
echo ${x
echo $(a
a;;
a &
} x
{ a
cat <<E
"""


@pytest.mark.parametrize("text", [*BROKEN.strip().split("\n"), "(" * 200, "$(" * 200])
def test_what_is_no_script_is_an_input_error(text: str) -> None:
    with pytest.raises(ShellSyntaxError) as caught:
        parse(text)
    assert isinstance(caught.value, InputError)
    assert caught.value.where is not None


def test_an_unknown_command_ends_everything(world: MakeWorld) -> None:
    here = world()
    with pytest.raises(UnknownCommand) as caught:
        here.run("echo a >f\n\nif nosuch --x; then echo b; fi || true")
    assert str(caught.value.where) == "test:3"
    assert "nosuch" in caught.value.message


def test_places_of_sourced_files(world: MakeWorld) -> None:
    here = world({"s": "echo a\necho b\nnosuch\n"})
    with pytest.raises(UnknownCommand) as caught:
        here.run(". ./s")
    assert str(caught.value.where) == "./s:3"


@pytest.mark.parametrize(
    "script",
    [
        "while :; do :; done",
        "f() { f; }; f",
        "f() { echo $(f); }; f",
        'sh -c \'x="sh -c \\"\\$x\\""; export x; eval $x\'',
        "x=a; while :; do x=$x$x; done",
        "while :; do echo aaaaaaaaaaaaaaaa; done | cat",
        "while :; do echo aaaaaaaaaaaaaaaa; done >f",
        "eval_() { eval 'eval_'; }; eval_",
        "printf '%999999999s' x",
        "echo '. ./s' >s; . ./s",
        "echo 'sh s' >s; sh s",
        "yes=1; until false; do yes=$((yes+1)); done",
        "while :; do jot 100000; done | wc -l",
    ],
)
def test_hostile_scripts_stop_at_the_limits(world: MakeWorld, script: str) -> None:
    limits = Limits(steps=20_000, text=200_000, bytes=300_000, seconds=20)
    with pytest.raises(LimitExceeded):
        world(limits=limits).run(script)


def test_interpreter_without_files_changes_nothing_outside() -> None:
    files = MemoryFiles()
    shell = Interpreter(files, base_commands())
    shell.run(
        "mkdir -p /a/b; echo x > /a/b/c; cd /a; rm -rf /a/b/../../a/b; cd ../..; echo y > ../../z"
    )
    assert sorted(files.tree()) == ["/a", "/z"]
