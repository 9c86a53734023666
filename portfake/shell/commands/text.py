"""Columns and characters: cut, tr, wc, fold, rev, paste, nl, expand."""

from __future__ import annotations

import re
from collections.abc import Callable

from portfake.shell.clocale import c_bytes, c_text, to_c
from portfake.shell.command import Command, CommandFailure, Invocation, Options

__all__ = ["COMMANDS"]


def _texts(run: Invocation) -> list[str]:
    """All lines of the inputs without their newlines."""
    lines: list[str] = []
    for _, content in run.inputs():
        found = c_text(content).split("\n")
        if not found[-1]:
            found.pop()
        lines.extend(found)
    return lines


def _put(run: Invocation, lines: list[str]) -> int:
    run.out.write(c_bytes("".join(f"{line}\n" for line in lines)))
    return int(run.failed)


# cut ------------------------------------------------------------------------------------------


def _cut(run: Invocation) -> int:
    given = run.given
    mode = given.last_of("bcf")
    if not mode:
        raise CommandFailure("usage: cut -b list [-n] [file ...]")
    wanted = _list(given.get(mode) or "")
    if mode != "f":
        return _put(run, ["".join(_picked(line, wanted)) for line in _texts(run)])
    blank = "w" in given
    delimiter = to_c(given.get("d") or "\t")[:1]
    lines = []
    for line in _texts(run):
        fields = re.split(r"[ \t]+", line) if blank else line.split(delimiter)
        if len(fields) == 1:
            if "s" not in given:
                lines.append(line)
            continue
        lines.append(("\t" if blank else delimiter).join(_picked(fields, wanted)))
    return _put(run, lines)


def _list(text: str) -> list[tuple[int, int]]:
    """Parse ``1,3-5,7-`` into ranges; an open end is a very large number."""
    ranges = []
    for item in re.split(r"[, \t]+", text):
        match = re.fullmatch(r"(\d{0,9})(-?)(\d{0,9})", item)
        if match is None or not (match[1] or match[3]) or match[1] == "0":
            raise CommandFailure(f"{text}: illegal list value")
        start = int(match[1] or 1)
        ranges.append((start, int(match[3] or 1 << 40) if match[2] else start))
    return ranges


def _picked(items: str | list[str], ranges: list[tuple[int, int]]) -> list[str]:
    return [
        item
        for number, item in enumerate(items, 1)
        if any(start <= number <= end for start, end in ranges)
    ]


# tr -------------------------------------------------------------------------------------------

_CLASSES: dict[str, Callable[[str], bool]] = {
    "alnum": str.isalnum,
    "alpha": str.isalpha,
    "blank": " \t".__contains__,
    "cntrl": lambda char: char < " " or char == "\x7f",
    "digit": str.isdigit,
    "graph": lambda char: "!" <= char <= "~",
    "lower": str.islower,
    "print": lambda char: " " <= char <= "~",
    "punct": lambda char: "!" <= char <= "~" and not char.isalnum(),
    "space": " \t\n\v\f\r".__contains__,
    "upper": str.isupper,
    "xdigit": "0123456789abcdefABCDEF".__contains__,
}
_SET_ITEM = re.compile(
    r"\[:(?P<name>\w+):\]|\[=(?P<equal>.)=\]|\[(?P<repeated>\\?.)\*(?P<count>\d*)\]"
    r"|(?P<from>\\[0-7]{1,3}|\\.|.)(?:-(?P<to>\\[0-7]{1,3}|\\.|[^\]]))?",
    re.DOTALL,
)


def _tr(run: Invocation) -> int:
    given, operands = run.given, [to_c(operand) for operand in run.operands]
    deleting, squeezing = "d" in given, "s" in given
    needed = 1 if deleting is not squeezing else 2
    if len(operands) < needed or len(operands) > 2:
        raise CommandFailure("usage: tr [-Ccsu] string1 string2")
    first = _set(operands[0])
    if "c" in given or "C" in given:
        inside = set(first)
        first = "".join(chr(n) for n in range(256) if chr(n) not in inside)
    second = _set(operands[1], len(first)) if len(operands) > 1 else ""
    text = c_text(run.stdin.read())
    if deleting:
        text = text.translate(dict.fromkeys(map(ord, first)))
    elif len(operands) > 1:
        if not second:
            raise CommandFailure("empty string2")
        padded = second[: len(first)].ljust(len(first), second[-1])
        text = text.translate(dict(zip(map(ord, first), padded, strict=True)))
    if squeezing:
        chars = re.escape(second if len(operands) > 1 else first)
        text = re.sub(f"([{chars}])\\1+", r"\1", text) if chars else text
    run.out.write(c_bytes(text))
    return 0


def _set(text: str, length: int = 0) -> str:
    chars: list[str] = []
    for match in _SET_ITEM.finditer(text):
        if match["name"]:
            test = _CLASSES.get(match["name"])
            if test is None:
                raise CommandFailure(f"unknown class [:{match['name']}:]")
            chars.extend(char for char in map(chr, range(128)) if test(char))
        elif match["equal"]:
            chars.append(match["equal"])
        elif match["repeated"]:
            count = int(match["count"] or "0", 8 if match["count"].startswith("0") else 10)
            chars.extend(_char(match["repeated"]) * min(count or length - len(chars), 1 << 16))
        else:
            start = _char(match["from"])
            end = _char(match["to"]) if match["to"] else start
            if match["to"] and end < start:
                chars.extend((start, "-", end))
            else:
                chars.extend(chr(n) for n in range(ord(start), ord(end) + 1))
    return "".join(chars)


def _char(text: str) -> str:
    if len(text) == 1:
        return text
    if text[1:].isdigit():
        return chr(int(text[1:], 8) & 0xFF)
    return {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "b": "\b"}.get(
        text[1], text[1]
    )


# counting and layout --------------------------------------------------------------------------


def _wc(run: Invocation) -> int:
    columns = [letter for letter in "lwcm" if letter in run.given] or ["l", "w", "c"]
    totals = [0] * len(columns)
    count = 0
    for name, content in run.inputs():
        counted = {"l": content.count(b"\n"), "w": len(content.split()), "c": len(content)}
        counted["m"] = counted["c"]
        values = [counted[column] for column in columns]
        totals = [total + value for total, value in zip(totals, values, strict=True)]
        count += 1
        suffix = f" {name}" if run.operands else ""
        run.print("".join(f" {value:7d}" for value in values) + suffix)
    if count > 1:
        run.print("".join(f" {value:7d}" for value in totals) + " total")
    return int(run.failed)


def _fold(run: Invocation) -> int:
    text = run.given.get("w") or "80"
    if not text.isdigit() or not int(text):
        raise CommandFailure(f"illegal width value -- {text}")
    lines = []
    for line in _texts(run):
        while (end := _fitting(line, int(text), in_bytes="b" in run.given)) < len(line):
            if "s" in run.given and " " in line[:end]:
                end = line.rindex(" ", 0, end) + 1
            lines.append(line[:end])
            line = line[end:]
        lines.append(line)
    return _put(run, lines)


def _fitting(line: str, width: int, *, in_bytes: bool) -> int:
    """How many characters fit into so many columns; at least one."""
    if in_bytes:
        return width
    column = 0
    for number, char in enumerate(line):
        column = {"\t": column // 8 * 8 + 8, "\b": max(column - 1, 0), "\r": 0}.get(
            char, column + 1
        )
        if column > width and number:
            return number
    return len(line)


def _rev(run: Invocation) -> int:
    return _put(run, [line[::-1] for line in _texts(run)])


def _paste(run: Invocation) -> int:
    delimiters = [_char(item) for item in re.findall(r"\\.|.", to_c(run.given.get("d") or "\t"))]
    delimiters = ["" if item == "0" else item for item in delimiters]
    files = [c_text(content).removesuffix("\n").split("\n") for _, content in run.inputs()]
    if "s" in run.given:
        rows = files
    else:
        height = max(map(len, files), default=0)
        rows = [[f[n] if n < len(f) else "" for f in files] for n in range(height)]
    lines = []
    for row in rows:
        pieces = [row[0]]
        for number, item in enumerate(row[1:]):
            pieces.extend((delimiters[number % len(delimiters)], item))
        lines.append("".join(pieces))
    return _put(run, lines)


def _nl(run: Invocation) -> int:
    width, separator = int(run.given.get("w") or 6), run.given.get("s")
    separator = "\t" if separator is None else to_c(separator)
    number, step = int(run.given.get("v") or 1), int(run.given.get("i") or 1)
    form = {"ln": f"<{width}", "rz": f"0>{width}"}.get(run.given.get("n") or "rn", f">{width}")
    style = run.given.get("b") or "t"
    if style not in {"a", "t", "n"}:
        raise run.refuse(f"-b {style} is not implemented")
    lines = []
    for line in _texts(run):
        if style == "a" or (style == "t" and line):
            lines.append(f"{number:{form}}{separator}{line}")
            number += step
        else:
            lines.append(" " * (width + len(separator)) + line)
    return _put(run, lines)


def _expand(run: Invocation) -> int:
    text = run.given.get("t") or "8"
    if not text.isdigit():
        raise run.refuse(f"-t {text} is not implemented")
    return _put(run, [line.expandtabs(int(text)) for line in _texts(run)])


COMMANDS = (
    Command("cut", _cut, Options(flags="nsw", valued="bcdf")),
    Command("tr", _tr, Options(flags="cCdsu")),
    Command("wc", _wc, Options(flags="clmw")),
    Command("fold", _fold, Options(flags="bs", valued="w", number="w")),
    Command("rev", _rev, Options()),
    Command("paste", _paste, Options(flags="s", valued="d")),
    Command("nl", _nl, Options(flags="p", valued="bfhdilnsvw")),
    Command("expand", _expand, Options(valued="t", number="t")),
)
