"""awk: programs with what FreeBSD's awk makes of them, and what is no part of it here."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from portfake.limits import LimitExceeded, Limits
from portfake.shell.awk import AwkError, AwkFailure, Machine, parse
from portfake.shell.awk.values import Array
from tests.shell.worlds import World

DATA = """\
one 1 x
two 2 y

three 30 a,b:c
  lead 4.5 -7e1 0x10
four\tfive  six
ROOT:x:0:0
10 9 ab
9 10 AB
"""
_CASE = re.compile(r"^--- (\d+)\n(.*?)\n===\n(.*?)(?=^--- |\Z)", re.MULTILINE | re.DOTALL)
CASES = _CASE.findall(Path(__file__).with_name("cases").joinpath("awk.txt").read_text())
"""Exit status, program and output, as version 20250804 gave them."""


class Files:
    """What a program reads and writes."""

    def __init__(self, steps: int = 100_000) -> None:
        self.out = ""
        self.files = {"-": DATA, "data": DATA}
        self.steps = steps

    def print(self, text: str) -> None:
        self.out += text

    def write(self, name: str, text: str, *, fresh: bool) -> None:
        self.files[name] = text if fresh else self.files.get(name, "") + text

    def read(self, name: str) -> str | None:
        return self.files.get(name)

    def spend(self, size: int = 0) -> None:
        self.steps -= 1 + size // 32
        if self.steps < 0:
            raise TimeoutError


def run(program: str, files: Files, *arguments: str, **values: str) -> int:
    machine = Machine(
        parse(program), files, arguments=arguments, values=values, environment={"HOME": "/root"}
    )
    return machine.run()


@pytest.mark.parametrize(("status", "program", "output"), CASES)
def test_as_freebsd_s_awk(status: str, program: str, output: str) -> None:
    files = Files()
    assert (run(program, files, "data"), files.out) == (int(status), output)


@pytest.mark.judge
def test_the_cases_are_awk_s(judged: Callable[[str], str], tmp_path: Path) -> None:
    awk = Path(judged("PORTFAKE_USERLAND"), "bin/awk")
    (tmp_path / "data").write_text(DATA)
    for status, program, output in CASES:
        done = subprocess.run(
            [awk, program, "data"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (int(status), output), program


def test_variables_arguments_and_environment() -> None:
    files = Files()
    program = 'NR == n { print v, FS, w, ENVIRON["HOME"], FILENAME }'
    assert run(program, files, "v=a\\tb", "data", "v=late", n="2", FS=":", w="x") == 0
    assert files.out == "a\tb : x /root data\n"


@pytest.mark.parametrize(
    "program",
    [
        *('{ print | "sort" }', '"date" | getline x', 'BEGIN { system("x") }'),
        *("BEGIN { print rand() }", "BEGIN { nosuch(1) }", "{ print", "BEGIN { 1 = 2 }"),
        *("BEGIN { print 1 == 1 }", 'BEGIN { print "open }', "{" * 300, "BEGIN{" + "(" * 300),
        "BEGIN { x = " + "-" * 2000 + "1 }",
    ],
)
def test_what_is_not_done_here_is_told_beforehand(program: str) -> None:
    with pytest.raises(AwkError):
        parse(program)


@pytest.mark.parametrize(
    "program",
    [
        *("BEGIN { print 1 / 0 }", "BEGIN { a[1]; print a }", "BEGIN { x = 1; x[2] = 3 }"),
        *("{ print $(-1) }", 'BEGIN { print "x" ~ "(" }', 'BEGIN { printf "%999999999d", 1 }'),
        *("function f(x) { return f(x) } BEGIN { f(1) }", "BEGIN { next }", "{ $99999999 = 1 }"),
    ],
)
def test_what_ends_a_run(program: str) -> None:
    with pytest.raises(AwkFailure):
        run(program, Files(), "data")


def test_a_program_without_end_is_bounded() -> None:
    for program in ("BEGIN { while (1) x++ }", "BEGIN { for (;;) ; }"):
        with pytest.raises(TimeoutError):
            run(program, Files(), "data")


@pytest.mark.parametrize(
    "program",
    [
        'BEGIN { x = "a"; while (1) x = x x }',
        'BEGIN { x = "aa"; while (1) gsub(/a/, "&&&&&&&&", x) }',
        'BEGIN { while (1) a[n++] = sprintf("%60000d", n) }',
        "BEGIN { $1000000 = 1; while (1) $0 = $0 $0 }",
        'BEGIN { while (1) print "a line of a file without end" > "f" }',
        'BEGIN { while (1) { print "one line" > "f"; close("f") } }',
        'BEGIN { OFS = sprintf("%99999d", 1); $1000000 = 1; print }',
    ],
)
def test_texts_without_end_are_bounded(program: str) -> None:
    """Before they are made: these would fill any memory."""
    world = World({}, limits=Limits(steps=200_000))
    with pytest.raises(LimitExceeded):
        world.run(f"awk '{program}'")


def test_what_waits_to_be_written_is_read() -> None:
    program = 'BEGIN { print "one" > "f"; print "two" > "f"; getline < "f"; print }'
    assert World({}).run(f"awk '{program}'; cat f").output == "one\none\ntwo\n"


def test_keys_of_an_array_come_back() -> None:
    array = Array()
    for number in range(1000):
        array.set(str(number), float(number))
    for number in range(0, 1000, 2):
        array.remove(str(number))
    assert sorted(array.keys(), key=int) == [str(number) for number in range(1, 1000, 2)]
