"""UCL, the configuration language of pkg(8): keywords, triggers, messages, manifests.

The rules are libucl's (external/libucl/src/ucl_parser.c of pkg 2.8): JSON is a part of it, so
JSON is tried first. What is left out, with an error: macros (``.include``) and variables, which
pkg registers for messages only; those come in as `variables`.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from portfake.errors import InputError, Place
from portfake.limits import DEFAULT, LimitExceeded, Limits

if TYPE_CHECKING:
    from pyparsing import ParserElement, ParseResults

__all__ = ["Repeated", "UclObject", "UclValue", "each", "parse", "to_json"]

UclValue = Any
"""str, int, float (times in seconds), bool, None, UclObject, list of these, or Repeated."""

LONGEST = 4 << 20
"""Characters of UCL that is not JSON: the grammar takes about 0.1 ms for a value."""
MOST_VALUES = 200_000
"""Values of UCL that is not JSON, told before the grammar is entered by what separates them."""
DEPTH = 30
"""Objects and arrays within each other; the deepest in use (a manifest's files) has 3."""


class UclObject(dict[str, UclValue]):
    """Keys in their order; `lines` knows where each key stood (JSON keeps no lines)."""

    __slots__ = ("lines",)

    def __init__(self, items: Mapping[str, UclValue] | Iterable[tuple[str, UclValue]] = ()) -> None:
        super().__init__(items)
        self.lines: dict[str, int] = {}

    def add(self, key: str, value: UclValue, line: int = 0) -> None:
        """Set a key; a key that is there already becomes an implicit array (libucl)."""
        if key not in self:
            self[key] = value
            self.lines[key] = line
        elif isinstance(self[key], Repeated):
            self[key].append(value)
        else:
            self[key] = Repeated([self[key], value])


class Repeated(list[UclValue]):
    """The values of a key that was written several times."""


def each(value: UclValue) -> Iterator[UclValue]:
    """Iterate over what stands for one value or many: an array, a repeated key, a single value."""
    if isinstance(value, list):
        for item in value:
            if isinstance(value, Repeated) and isinstance(item, list):
                yield from item
            else:
                yield item
    else:
        yield value


def parse(
    text: str,
    where: str = "",
    *,
    variables: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT,
) -> UclValue:
    """Return the value that `text` holds: a UclObject, or a list where it starts with ``[``.

    `where` names the source in errors; `variables` replace ``$NAME`` and ``${NAME}`` in strings.
    Raises InputError with the line for a syntax error, LimitExceeded for size or nesting.
    """
    if len(text) > limits.text:
        raise LimitExceeded(f"more than {limits.text} characters", where=where or None)
    value = _parse_json(text)
    if value is None:
        _count_nesting(text, where)
        if len(text) > LONGEST:
            raise LimitExceeded(f"more than {LONGEST} characters of UCL", where=where or None)
        if sum(map(text.count, "\n,;")) > MOST_VALUES:
            raise LimitExceeded(f"more than {MOST_VALUES} values of UCL", where=where or None)
        value = _parse_ucl(text, where)
    return _substituted(value, variables) if variables else value


_QUOTED_OR_BRACKET = re.compile(r'"(?:[^"\\\n]|\\.)*"|<<(?P<mark>[A-Z]+)\n|[\[{}\]]')


def _count_nesting(text: str, where: str) -> None:
    """Refuse what would lead the grammar too deep, or far ahead in search of a heredoc's end."""
    if "<<" not in text and text.count("{") + text.count("[") <= DEPTH:
        return
    depth = position = 0
    while match := _QUOTED_OR_BRACKET.search(text, position):
        position = match.end()
        if match["mark"]:
            end = re.compile(rf"\n{match['mark']}(?=[\n;,]|\Z)").search(text, position)
            if end is None:
                place = Place(where, _line(text, match.start()))
                raise InputError(f"the text <<{match['mark']} has no end", where=place)
            position = end.end()
        elif match[0] in ("{", "["):
            depth += 1
            if depth > DEPTH:
                place = Place(where, _line(text, match.start()))
                raise LimitExceeded(f"nested more than {DEPTH} deep", where=place)
        elif match[0] in ("}", "]"):
            depth -= 1


def _parse_json(text: str) -> UclValue:
    """The value of JSON text, None where it is not JSON, or deeper than DEPTH."""
    if text[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(
            text, object_pairs_hook=_from_pairs, parse_constant=_refuse_constant, strict=True
        )
    except (ValueError, RecursionError):
        return None
    if _is_deep(value):
        return None
    return _without_surrogates(value) if _SURROGATE_ESCAPE.search(text) else value


def _is_deep(value: UclValue) -> bool:
    level = [value]
    for _ in range(DEPTH):
        insides = (each.values() if isinstance(each, dict) else each for each in level)
        level = [each for inside in insides for each in inside if isinstance(each, (dict, list))]
    return bool(level)


def _from_pairs(pairs: Sequence[tuple[str, UclValue]]) -> UclObject:
    result = UclObject(pairs)
    if len(result) == len(pairs):
        return result
    result.clear()
    for key, value in pairs:
        result.add(key, value)
    return result


def _refuse_constant(name: str) -> UclValue:
    raise ValueError(name)


# Half of a pair that JSON escapes can spell but no encoding can: it becomes U+FFFD.
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def _without_surrogates(value: UclValue) -> UclValue:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return type(value)(_without_surrogates(item) for item in value)
    if isinstance(value, dict):
        return UclObject({_without_surrogates(k): _without_surrogates(v) for k, v in value.items()})
    return value


def _parse_ucl(text: str, where: str) -> UclValue:
    from pyparsing import ParseBaseException  # noqa: PLC0415 - heavy, and JSON does without it

    try:
        return _grammar().parse_string(text, parse_all=True)[0]
    except ParseBaseException as error:
        seen = text[error.loc : error.loc + 20].partition("\n")[0]
        found = repr(seen) if seen else "the end of the line"
        wanted = error.msg.removeprefix("Expected ").replace("end of text", "another key")
        place = Place(where, _line(text, error.loc))
        raise InputError(f"expected {wanted}, found {found}", where=place) from None
    except RecursionError:
        raise LimitExceeded("nested too deep", where=where or None) from None


# The pieces of the grammar. A comment may hold two levels of comments.
_INNER = r"(?:(?!/\*|\*/)[\s\S])*+"
_COMMENT = rf"/\*{_INNER}(?:/\*{_INNER}(?:/\*{_INNER}\*/{_INNER})*+\*/{_INNER})*+\*/"
_GAP = rf"(?:[ \t\r\n\v\f]|#[^\n]*|{_COMMENT})*+"
_BLANKS = rf"(?:[ \t]|{_COMMENT})*+"
_AFTER_SCALAR = r"(?=[ \t]*(?:[\n\r\0,;#}\]]|/\*|\Z))"
_SEPARATORS = rf"(?:[ \t\r\n\v\f,;\0]|#[^\n]*|{_COMMENT})*+"
# A word goes on to the end of its line, a separator or a comment; brackets in pairs belong to it.
_PLAIN = r"[^\\\n\r\0,;#\[\]{}/]++|/(?!\*)|\\[\s\S]"
_CURLY = rf"\{{(?:{_PLAIN}|\[(?:{_PLAIN})*\]|\{{(?:{_PLAIN})*\}})*\}}"
_SQUARE = rf"\[(?:{_PLAIN}|\[(?:{_PLAIN})*\])*\]"
_BARE = rf"(?![{{\[\"'])(?:{_PLAIN}|{_CURLY}|{_SQUARE}|[{{\[])+"
_NUMBER = (
    r"(?P<number>-?[0-9]{1,40}(?:\.[0-9]{0,40})?(?:[eE][+-]?[0-9]{1,4})?|-?0[xX][0-9a-fA-F]{1,16})"
    r"(?P<unit>ms|min|[kKmMgG][bB]?|[sShHdDwWyY])?" + _AFTER_SCALAR
)
_KEY = r"[A-Za-z0-9_/\x80-\U0010ffff][-A-Za-z0-9_./\x80-\U0010ffff]*(?=[ \t:=]|/\*)"
_QUOTED = r'"(?:[^"\\\x00-\x1e]|\\[^\x00-\x1e])*"'
_SINGLE_QUOTED = r"'(?:[^'\\]|\\[\s\S])*'"
# A heredoc needs a line of text before its end mark (libucl finds no end without one).
_HEREDOC = r"<<(?P<mark>[A-Z]+)\n(?P<body>[\s\S]*?)\n(?P=mark)(?=[\n;,]|\Z)"
_NAMED_OBJECT = r"(?=[^,;\n\r{\[:=]*[{\[])(?![{\[])"

_UNITS = {"k": 10**3, "m": 10**6, "g": 10**9, "kb": 2**10, "mb": 2**20, "gb": 2**30}
_SECONDS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_WORDS: dict[str, UclValue] = {
    **dict.fromkeys(("true", "yes", "on", "t", "y"), True),
    **dict.fromkeys(("false", "no", "off", "f", "n"), False),
}


@lru_cache(maxsize=1)
def _grammar() -> ParserElement:
    """The grammar: scalars and brackets are regular, the nesting is pyparsing's."""
    from pyparsing import (  # noqa: PLC0415 - heavy, and JSON does without it
        Forward,
        Group,
        Regex,
        Suppress,
        ZeroOrMore,
    )

    def token(pattern: str, name: str) -> Any:
        return Regex(pattern).leave_whitespace().set_name(name)

    def skip(pattern: str, name: str) -> Any:
        return Suppress(Regex(pattern).leave_whitespace().set_name(name))

    separators = skip(_SEPARATORS, "separator")
    value = Forward().set_name("a value")
    member, element = Forward(), Forward()
    scalar = (
        token(_HEREDOC, "text").add_parse_action(lambda found: [found["body"]])
        | token(_QUOTED + _AFTER_SCALAR, "string").add_parse_action(_double_quoted)
        | token(_SINGLE_QUOTED + _AFTER_SCALAR, "string").add_parse_action(_single_quoted)
        | token(_NUMBER, "number").add_parse_action(_number)
        | token(_BARE, "word").add_parse_action(_bare)
    )
    members, elements = ZeroOrMore(member), ZeroOrMore(element)
    inner_object = skip(r"\{", "'{'") + separators + members - skip(r"\}", "'}'")
    inner_array = skip(r"\[", "'['") + separators + elements - skip(r"\]", "']'")
    inner_object.add_parse_action(_object)
    inner_array.add_parse_action(_array)
    value <<= (inner_object | inner_array | scalar).set_name("a value")
    key = token(_KEY, "key") | token(_QUOTED, "key").add_parse_action(_double_quoted)
    assigned = skip(_BLANKS + "[:=]" + _GAP, "'='") - value
    named = (skip(_BLANKS + _NAMED_OBJECT, "name") + member).add_parse_action(_object)
    followed = assigned | named | skip(_BLANKS, "blank") - value
    member <<= Group(key - followed).add_parse_action(_with_line) + separators
    element <<= value + separators
    top_object = ZeroOrMore(member).add_parse_action(_object)
    document = separators + ((inner_object | inner_array) + separators | top_object)
    for part in (value, member, element, document):
        part.leave_whitespace(recursive=False)
    grammar: ParserElement = document.parse_with_tabs()
    return grammar


@lru_cache(maxsize=1)
def _line_ends(text: str) -> list[int]:
    return [match.start() for match in re.finditer("\n", text)]


def _line(text: str, position: int) -> int:
    return bisect_left(_line_ends(text), position) + 1


def _with_line(text: str, position: int, found: ParseResults) -> list[Any]:
    key, value = found[0]
    return [(key, value, _line(text, position))]


def _object(found: ParseResults) -> list[UclObject]:
    result = UclObject()
    for key, value, line in found:
        result.add(key, value, line)
    return [result]


def _array(found: ParseResults) -> list[Any]:
    return [list(found)]


_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|([\s\S]))")
_CONTROL = {"n": "\n", "r": "\r", "b": "\b", "t": "\t", "f": "\f"}


def _double_quoted(found: ParseResults) -> str:
    return _unescaped(found[0][1:-1])


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _CONTROL.get(m[2], m[2]), text)
    return _SURROGATE.sub("\ufffd", plain) if _SURROGATE_ESCAPE.search(text) else plain


def _single_quoted(found: ParseResults) -> str:
    return re.sub(r"\\(?:(')|\r?\n)", r"\1", found[0][1:-1])


def _number(found: ParseResults) -> int | float:
    digits, unit = str(found["number"]), str(found.unit or "").lower()
    if "x" in digits.lower():
        return int(digits, 16)
    amount = float(digits) if any(mark in digits for mark in ".eE") else int(digits)
    if unit in _SECONDS:
        return float(amount * _SECONDS[unit])
    return amount * _UNITS.get(unit, 1)


def _bare(found: ParseResults) -> list[Any]:
    text = found[0].rstrip(" \t")
    if text == "null":
        return [None]
    return [_WORDS[text.lower()] if text.lower() in _WORDS else _unescaped(text)]


def _substituted(value: UclValue, variables: Mapping[str, str]) -> UclValue:
    if isinstance(value, str):
        names = "|".join(re.escape(name) for name in variables)
        return re.sub(
            rf"\$(?:(\$)|({names})|\{{({names})\}})",
            lambda m: m[1] or variables[m[2] or m[3]],
            value,
        )
    if isinstance(value, list):
        return type(value)(_substituted(item, variables) for item in value)
    if isinstance(value, UclObject):
        result = UclObject({key: _substituted(item, variables) for key, item in value.items()})
        result.lines = value.lines
        return result
    return value


# What libucl's emitter escapes by name; every other control character becomes U+FFFD.
_EMITTED = {"\n": "\\n", "\r": "\\r", "\b": "\\b", "\t": "\\t", "\f": "\\f", "\v": "\\u000B"}
_EMITTED |= {"\\": "\\\\", '"': '\\"', "\x00": "\\u0000"}
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\]')


def to_json(value: UclValue) -> str:
    """Compact JSON exactly as libucl writes it: no blanks, UTF-8 as it is."""
    if isinstance(value, str):
        return '"' + _UNSAFE.sub(lambda m: _EMITTED.get(m[0], "\\uFFFD"), value) + '"'
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{to_json(k)}:{to_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(to_json, value)) + "]"
    return json.dumps(value)
