"""awk's regular expressions, and what is done to text with them."""

from __future__ import annotations

import re
from functools import lru_cache

from portfake.patterns import Pattern, PatternError, ere
from portfake.shell.awk.syntax import AwkFailure
from portfake.shell.awk.values import Spend

__all__ = ["compiled", "fields_of", "substituted"]

_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "b": "\b"}
_SPECIAL = frozenset(".[]()*+?{}|^$\\")


@lru_cache(maxsize=256)
def compiled(text: str) -> Pattern:
    """The pattern; awk knows escapes that regcomp(3) does not, also within brackets."""
    try:
        return ere(_plain(text))
    except PatternError as error:
        raise AwkFailure(f"{error} in regular expression {text}") from None


def _plain(text: str) -> str:
    out: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "[":
            at, bracket = _bracket(text, at)
            out.append(bracket)
            continue
        if text[at] == "\\" and at + 1 < len(text):
            at += 1
            letter = text[at]
            out.append(_CONTROL.get(letter) or (f"\\{letter}" if letter in _SPECIAL else letter))
        else:
            out.append(text[at])
        at += 1
    return "".join(out)


def _bracket(text: str, at: int) -> tuple[int, str]:
    """The end of a bracket expression and its text with escapes put in."""
    start, at = at, at + 1
    negated = text.startswith("^", at)
    at += negated
    inside, first, last = "", "", ""
    while at < len(text) and (text[at] != "]" or not (inside or first or last)):
        if text[at] == "\\" and at + 1 < len(text):
            letter = _CONTROL.get(text[at + 1], text[at + 1])
            first += letter if letter == "]" else ""
            last += letter if letter in "-^" else ""
            inside += "" if letter in "]-^" else letter
            at += 2
        elif text[at] == "[" and text[at + 1 : at + 2] in (":", ".", "="):
            end = text.find(text[at + 1] + "]", at + 2)
            end = len(text) if end < 0 else end + 2
            inside += text[at:end]
            at = end
        else:
            inside += text[at]
            at += 1
    if at >= len(text):
        return len(text), text[start:]
    return at + 1, f"[{'^' * negated}{first}{inside}{last}]"


def fields_of(record: str, separator: str, *, lines: bool = False) -> list[str]:
    """Split a record; with `lines` (RS is empty) the end of a line separates fields as well."""
    if separator == " ":
        return re.findall(r"[^ \t\n]+", record)
    if not record:
        return []
    if len(separator) == 1:
        return (record.replace("\n", separator) if lines else record).split(separator)
    if not separator:
        return list(record)
    found, start = [], 0
    for match in compiled(separator).finditer(record):
        if match.end() > match.start():
            found.append(record[start : match.start()])
            start = match.end()
    return [*found, record[start:]]


def substituted(
    pattern: Pattern, text: str, by: str, *, everywhere: bool, spend: Spend
) -> tuple[str, int]:
    """What sub() and gsub() make of a text, and how often they replaced.

    `spend` is told beforehand how long the text may become.
    """
    out: list[str] = []
    count = position = 0
    longest, references = len(text), by.count("&")
    end_of_last = -1
    while position <= len(text) and (count == 0 or everywhere):
        match = pattern.search(text, position)
        if match is None:
            break
        start, end = match.span()
        out.append(text[position:start])
        if end > start or start != end_of_last:
            longest += len(by) + references * (end - start)
            spend(longest)
            out.append(_replacement(by, match[0]))
            count += 1
        if end > start:
            position = end_of_last = end
        else:
            out.append(text[start : start + 1])
            position = start + 1
    out.append(text[position:])
    return "".join(out), count


_AMPERSAND = re.compile(r"\\\\\\&|\\\\&|\\&|&")


def _replacement(by: str, matched: str) -> str:
    r"""Put the match in for each `&`; `\&` is one as it stands (run.c, backsub())."""
    puts = {"&": matched, "\\&": "&", "\\\\&": f"\\{matched}", "\\\\\\&": "\\&"}
    return _AMPERSAND.sub(lambda found: puts[found[0]], by)
