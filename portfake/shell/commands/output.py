"""Writing as it is: echo, printf, cat, tee, head, tail."""

from __future__ import annotations

import re

from portfake.limits import LimitExceeded
from portfake.shell.clocale import c_bytes, to_c
from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.streams import Input

__all__ = ["COMMANDS"]

_ESCAPE = re.compile(r"\\(?:([abefnrtv\\'\"?c])|0?([0-7]{1,3}))")
_ESCAPED = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_DIRECTIVE = re.compile(r"%(?:%|([-+ #0]*)(\*|\d{0,9})(?:\.(\*|\d{0,9}))?([diouxXcsbeEfFgG]))")


class _Stop(Exception):
    r"""``\c``: nothing more is written."""


def _unescape(text: str, *, stop_at_c: bool) -> tuple[str, bool]:
    r"""Replace backslash escapes; tell whether ``\c`` ended the text."""
    pieces = []
    position = 0
    for match in _ESCAPE.finditer(text):
        pieces.append(text[position : match.start()])
        position = match.end()
        if match[2]:
            pieces.append(chr(int(match[2], 8) & 0xFF))
        elif match[1] == "c" and stop_at_c:
            return "".join(pieces), True
        else:
            pieces.append(_ESCAPED.get(match[1], match[1]))
    pieces.append(text[position:])
    return "".join(pieces), False


def _echo(run: Invocation) -> int:
    """FreeBSD's sh: no escapes but with -e, and only one option."""
    words = list(run.arguments)
    option = words.pop(0) if words and words[0] in {"-n", "-e"} else ""
    text = " ".join(words)
    if option == "-e":
        escaped, stopped = _unescape(to_c(text), stop_at_c=True)
        run.out.write(c_bytes(escaped) + (b"" if stopped else b"\n"))
    else:
        run.print(text, end="" if option else "\n")
    return 0


# printf ---------------------------------------------------------------------------------------


def _printf(run: Invocation) -> int:
    arguments = [to_c(argument) for argument in run.arguments]
    if arguments and arguments[0] == "--":
        arguments.pop(0)
    if not arguments:
        raise CommandFailure("usage: printf format [arguments ...]")
    form, *values = arguments
    printer = _Printer(run, form, values)
    printer.print()
    run.out.write(c_bytes("".join(printer.pieces)))
    return printer.status


class _Printer:
    """Applies a format until the values are used up."""

    def __init__(self, run: Invocation, form: str, values: list[str]) -> None:
        self._run = run
        self._form = form
        self._values = values
        self.pieces: list[str] = []
        self.status = 0

    def print(self) -> None:
        try:
            while True:
                before = len(self._values)
                self._once()
                if not self._values or len(self._values) == before:
                    return
        except _Stop:
            return

    def _once(self) -> None:
        position = 0
        while position < len(self._form):
            end = self._form.find("%", position)
            end = len(self._form) if end == -1 else end
            text, stopped = _unescape(self._form[position:end], stop_at_c=True)
            self.pieces.append(text)
            if stopped:
                raise _Stop
            if end == len(self._form):
                return
            match = _DIRECTIVE.match(self._form, end)
            if match is None:
                raise CommandFailure(f"illegal format character in {self._form[end:]!r}")
            self.pieces.append(self._converted(match))
            position = match.end()

    def _next(self) -> str:
        return self._values.pop(0) if self._values else ""

    def _converted(self, match: re.Match[str]) -> str:
        flags, width, precision, kind = match.groups()
        if kind is None:
            return "%"
        width = self._next() or "0" if width == "*" else width
        precision = self._next() or "0" if precision == "*" else precision
        if len(width) > 5 or len(precision or "") > 5:
            raise LimitExceeded(f"printf: the field of {match[0]!r} is too wide")
        limit = "" if precision is None else f".{precision}"
        if kind in "csb":
            value, stopped = self._next(), False
            if kind == "b":
                value, stopped = _unescape(value, stop_at_c=True)
            if kind == "c":
                value = value[:1]
            self.pieces.append(f"%{flags}{width}{limit}s" % value)
            if stopped:
                raise _Stop
            return ""
        if kind in "eEfFgG":
            return f"%{flags}{width}{limit}{kind}" % self._float(self._next())
        number = self._number(self._next())
        if kind in "ouxX" and number < 0:
            number &= (1 << 64) - 1
        letter = "d" if kind in "iu" else kind
        form = f"%{flags}{width}{limit}{letter}"
        if kind == "o" and "#" in flags:
            return f"%{flags.replace('#', '')}{width}s" % f"0{number:o}"
        return form % number

    def _number(self, text: str) -> int:
        if text[:1] in {"'", '"'}:
            return ord(text[1:2] or "\0")
        match = re.match(r"\s*[-+]?(?:0[xX][0-9a-fA-F]+|[0-9]+)", text)
        if match is None or match.end() != len(text):
            if text:
                self.status = self._run.complain(f"{text}: expected numeric value")
            if match is None:
                return 0
        found = match.group().strip()
        digits = found.lstrip("+-")
        base = 16 if digits[:2] in {"0x", "0X"} else 8 if digits.startswith("0") else 10
        try:
            return int(found[:40], base)
        except ValueError:
            return int(found[:40])

    def _float(self, text: str) -> float:
        try:
            return float(text or "0")
        except ValueError:
            self.status = self._run.complain(f"{text}: expected numeric value")
            return 0.0


# whole files ----------------------------------------------------------------------------------


def _cat(run: Invocation) -> int:
    numbered = "n" in run.given or "b" in run.given
    if any(option in run.given for option in "etv"):
        raise run.refuse("-e, -t and -v are not implemented")
    number = 0
    for _, content in run.inputs():
        if not numbered and "s" not in run.given:
            run.out.write(content)
            continue
        blank = False
        for line in content.splitlines(keepends=True):
            if "s" in run.given and blank and line == b"\n":
                continue
            blank = line == b"\n"
            if numbered and not (blank and "b" in run.given):
                number += 1
                line = b"%6d\t" % number + line
            run.out.write(line)
    return int(run.failed)


def _tee(run: Invocation) -> int:
    content = run.stdin.read()
    run.out.write(content)

    def write(name: str) -> None:
        if "a" in run.given:
            run.view.append(name, content)
        else:
            run.view.write(name, (content,))

    return run.each_operand(write)


def _head(run: Invocation) -> int:
    lines, size = run.given.get("n"), run.given.get("c")
    count = _count(run, size or lines or "10")
    if not run.operands and size is None:
        # what is not taken stays for the next reader of the same input
        for _ in range(count):
            run.out.write(run.stdin.readline())
        return 0
    several = len(run.operands) > 1 and "q" not in run.given
    first = True
    for name, content in run.inputs():
        if several or "v" in run.given:
            run.print(f"{'' if first else chr(10)}==> {name} <==")
            first = False
        run.out.write(content[:count] if size else _first_lines(content, count))
    return int(run.failed)


def _count(run: Invocation, text: str) -> int:
    if not text.isdigit():
        raise CommandFailure(f"illegal count -- {text}")
    return int(text[:18])


def _first_lines(content: bytes, count: int) -> bytes:
    source = Input(content)
    return b"".join(source.readline() for _ in range(min(count, content.count(b"\n") + 1)))


def _tail(run: Invocation) -> int:
    if "f" in run.given or "F" in run.given:
        raise run.refuse("-f would wait for ever")
    option = run.given.last_of("cnb")
    text = run.given.get(option) if option else None
    text = ("" if "r" in run.given else "10") if text is None else text
    arguments = list(run.operands)
    if not option and arguments and re.fullmatch(r"\+\d+", arguments[0]):
        text = arguments.pop(0)
    from_start = text.startswith("+")
    count = _count(run, text.lstrip("+-")) if text else None
    several = len(arguments) > 1 and "q" not in run.given
    first = True
    for name, content in run.inputs(arguments or ["-"]):
        if several:
            run.print(f"{'' if first else chr(10)}==> {name} <==")
            first = False
        units = [content[i : i + 1] for i in range(len(content))] if option == "c" else None
        lines = units if units is not None else content.splitlines(keepends=True)
        if units is None:
            lines = re.findall(rb"[^\n]*\n|[^\n]+", content)
        if from_start:
            lines = lines[max((count or 0) - 1, 0) :]
        elif count is not None:
            lines = lines[len(lines) - count :] if count < len(lines) else lines
        if "r" in run.given:
            lines.reverse()
        run.out.write(b"".join(lines))
    return int(run.failed)


COMMANDS = (
    Command("echo", _echo, None),
    Command("printf", _printf, None),
    Command("cat", _cat, Options(flags="benstuvl")),
    Command("tee", _tee, Options(flags="ai")),
    Command("head", _head, Options(flags="qv", valued="nc", number="n", long={"quiet": "q"})),
    Command("tail", _tail, Options(flags="Ffqr", valued="bcn", number="n")),
)
