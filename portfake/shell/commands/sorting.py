"""Order and comparison of lines: sort, uniq, comm."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cmp_to_key
from itertools import pairwise

from portfake.shell.command import Command, CommandFailure, Invocation, Options

__all__ = ["COMMANDS"]

_KEY = re.compile(r"(\d+)(?:\.(\d+))?([bdfginMhrV]*)\Z")
_NUMBER = re.compile(rb"[ \t]*(-?\d*(?:\.\d+)?)")
_FIELD = re.compile(rb"[ \t]*[^ \t]*")


@dataclass(frozen=True, slots=True)
class _Key:
    """One -k: fields and characters counted from 1; the end's 0 means its field's end."""

    start: tuple[int, int] = (1, 1)
    end: tuple[int, int] | None = None
    kind: str = ""
    """Letters: b d f g i n r h."""
    end_blanks: bool = False


def _sort(run: Invocation) -> int:
    given = run.given
    kind = "".join(letter for letter in "bdfginrh" if letter in given)
    keys = [_parse_key(text, kind) for _, text in given.all("k")] or [_Key(kind=kind)]
    separator = given.get("t")
    ending = b"\0" if "z" in given else b"\n"
    lines: list[bytes] = []
    for name in run.operands or ("-",):
        try:
            content = run.read(name)
        except OSError as error:
            run.complain(error)
            return 2
        found = content.split(ending)
        if not found[-1]:
            found.pop()
        lines.extend(found)
    split = None if separator is None else separator.encode("utf-8", "surrogateescape")
    compare = _comparison(keys, split, last_resort="s" not in given and "u" not in given)
    if "c" in given or "C" in given:
        return _checked(run, lines, compare)
    ordered = _ordered(lines, keys, given, compare)
    if "u" in given:
        ordered = _unique(ordered, _comparison(keys, split, last_resort=False))
    data = b"".join(line + ending for line in ordered)
    target = given.get("o")
    if target is None:
        run.out.write(data)
    elif target in run.operands:
        # FreeBSD's writes a file of its own beside it, and moves that there.
        run.view.unlink(target)
        run.view.write(target, (data,), mode=0o600)
    else:
        run.view.write(target, (data,))
    return 0


def _ordered(
    lines: list[bytes], keys: list[_Key], given: object, compare: Callable[[bytes, bytes], int]
) -> list[bytes]:
    if keys == [_Key()]:
        return sorted(lines)
    if keys == [_Key(kind="r")]:
        return sorted(lines, reverse=True)
    return sorted(lines, key=cmp_to_key(compare))


def _unique(lines: list[bytes], compare: Callable[[bytes, bytes], int]) -> list[bytes]:
    kept: list[bytes] = []
    for line in lines:
        if not kept or compare(kept[-1], line):
            kept.append(line)
    return kept


def _checked(run: Invocation, lines: list[bytes], compare: Callable[[bytes, bytes], int]) -> int:
    strict = "u" in run.given
    for before, after in pairwise(lines):
        order = compare(before, after)
        if order > 0 or (strict and order == 0):
            if "c" in run.given:
                run.complain(f"disorder: {after.decode('utf-8', 'surrogateescape')}")
            return 1
    return 0


def _parse_key(text: str, common: str) -> _Key:
    first, comma, last = text.partition(",")
    start = _KEY.match(first)
    end = _KEY.match(last) if comma else None
    if start is None or (comma and end is None) or int(start[1]) < 1:
        raise CommandFailure(f"invalid key: {text}", 2)
    own = start[3] + (end[3] if end else "")
    return _Key(
        (int(start[1]), int(start[2] or 1)),
        (int(end[1]), int(end[2] or 0)) if end else None,
        own or common,
        bool(end and "b" in end[3]),
    )


def _comparison(
    keys: list[_Key], separator: bytes | None, *, last_resort: bool
) -> Callable[[bytes, bytes], int]:
    def compare(one: bytes, other: bytes) -> int:
        for key in keys:
            first = _value(_part(one, key, separator), key.kind)
            second = _value(_part(other, key, separator), key.kind)
            if first != second:
                order = -1 if first < second else 1  # type: ignore[operator] # same kind, same type
                return -order if "r" in key.kind else order
        if not last_resort or one == other:
            return 0
        order = -1 if one < other else 1
        return (
            -order if len(keys) == 1 and keys[0].start == (1, 1) and "r" in keys[0].kind else order
        )

    return compare


def _part(line: bytes, key: _Key, separator: bytes | None) -> bytes:
    """The bytes of a line that a key names."""
    if key.start == (1, 1) and key.end is None:
        return line
    spans = _fields(line, separator)
    start = _offset(line, spans, *key.start, blanks="b" in key.kind)
    if key.end is None:
        return line[start:]
    field, char = key.end
    if field > len(spans):
        return line[start:]
    if char == 0:
        end = spans[field - 1][1]
    else:
        end = min(_offset(line, spans, field, char, blanks=key.end_blanks) + 1, len(line))
    return line[start:end]


def _fields(line: bytes, separator: bytes | None) -> list[tuple[int, int]]:
    if separator is None:
        spans = [match.span() for match in _FIELD.finditer(line)]
        return [span for span in spans if span[0] != span[1]] or [(0, 0)]
    spans = []
    start = 0
    for piece in line.split(separator):
        spans.append((start, start + len(piece)))
        start += len(piece) + len(separator)
    return spans


def _offset(
    line: bytes, spans: list[tuple[int, int]], field: int, char: int, *, blanks: bool
) -> int:
    if field > len(spans):
        return len(line)
    start, end = spans[field - 1]
    if blanks:
        while start < end and line[start] in b" \t":
            start += 1
    return min(start + char - 1, len(line))


def _value(part: bytes, kind: str) -> bytes | float | tuple[int, float]:
    if "n" in kind or "g" in kind or "h" in kind:
        match = _NUMBER.match(part)
        digits = match[1] if match else b""
        try:
            number = float(digits)
        except ValueError:
            number = 0.0
        if "h" not in kind:
            return number
        unit = part[match.end() : match.end() + 1].upper() if match else b""
        return (b" KMGTPE".find(unit) if unit.strip() else 0), number
    if "b" in kind:
        part = part.lstrip(b" \t")
    if "d" in kind:
        part = re.sub(rb"[^A-Za-z0-9 \t]", b"", part)
    if "i" in kind:
        part = re.sub(rb"[^ -~]", b"", part)
    return part.upper() if "f" in kind else part


def _uniq(run: Invocation) -> int:
    given, operands = run.given, run.operands
    content = run.read(operands[0]) if operands else run.stdin.read()
    fields, chars = int(given.get("f") or 0), int(given.get("s") or 0)

    def key(line: bytes) -> bytes:
        for _ in range(fields):
            line = re.sub(rb"^[ \t]*[^ \t]*", b"", line)
        return line[chars:].lower() if "i" in given else line[chars:]

    groups: list[tuple[bytes, int]] = []
    for line in re.findall(rb"[^\n]*\n|[^\n]+", content):
        line = line.removesuffix(b"\n")
        if groups and key(groups[-1][0]) == key(line):
            groups[-1] = (groups[-1][0], groups[-1][1] + 1)
        else:
            groups.append((line, 1))
    lines = []
    for line, count in groups:
        if ("d" in given and count == 1) or ("u" in given and count > 1):
            continue
        lines.append((b"%4d " % count if "c" in given else b"") + line + b"\n")
    if len(operands) > 1:
        run.view.write(operands[1], lines)
    else:
        run.out.write(b"".join(lines))
    return 0


def _comm(run: Invocation) -> int:
    if len(run.operands) != 2:
        raise CommandFailure("usage: comm [-123i] file1 file2")
    first, second = (run.read(name).split(b"\n") for name in run.operands)
    for lines in (first, second):
        if not lines[-1]:
            lines.pop()
    fold: Callable[[bytes], bytes] = bytes.lower if "i" in run.given else bytes
    tabs = [0, int("1" not in run.given), int("1" not in run.given) + int("2" not in run.given)]
    left = right = 0
    while left < len(first) or right < len(second):
        if right == len(second):
            column = 0
        elif left == len(first):
            column = 1
        else:
            one, other = fold(first[left]), fold(second[right])
            column = 2 if one == other else 0 if one < other else 1
        line = second[right] if column == 1 else first[left]
        left += column != 1
        right += column != 0
        if str(column + 1) not in run.given:
            run.out.write(b"\t" * tabs[column] + line + b"\n")
    return 0


COMMANDS = (
    Command(
        "sort",
        _sort,
        Options(
            flags="bcCdfghimnrsuz",
            valued="koStT",
            long={"unique": "u", "reverse": "r", "numeric-sort": "n", "stable": "s"},
            permute=True,
        ),
    ),
    Command("uniq", _uniq, Options(flags="cdiu", valued="fs")),
    Command("comm", _comm, Options(flags="123i")),
)
