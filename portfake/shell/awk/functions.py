"""What is built into awk."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from portfake.shell.awk import syntax
from portfake.shell.awk.expressions import compiled, fields_of, substituted
from portfake.shell.awk.syntax import AwkFailure, Expression
from portfake.shell.awk.values import Array, Input, Value, number

if TYPE_CHECKING:
    from portfake.shell.awk.evaluator import Evaluator

__all__ = ["BUILT_IN", "arrays_of"]

_Arguments = tuple[Expression, ...]
_RECORD = syntax.Field(syntax.Literal(0.0))


def _wanted(name: str, arguments: _Arguments, least: int, most: int) -> None:
    if not least <= len(arguments) <= most:
        raise AwkFailure(f"{name} has {len(arguments)} arguments")


def _length(run: Evaluator, arguments: _Arguments) -> Value:
    _wanted("length", arguments, 1, 1)
    first = arguments[0]
    if isinstance(first, syntax.Name):
        held = run.held(first.name)
        if isinstance(held, Array):
            return float(len(held.values))
    return float(len(run.string(first)))


def _substr(run: Evaluator, arguments: _Arguments) -> Value:
    """As run.c, substr() has it: numbers are cut, then brought into the string."""
    _wanted("substr", arguments, 2, 3)
    text = run.string(arguments[0])
    start = min(max(_whole(run.value(arguments[1])), 1), len(text) + 1)
    length = _whole(run.value(arguments[2])) if len(arguments) > 2 else len(text)
    return text[start - 1 : start - 1 + max(length, 0)]


def _whole(value: Value) -> int:
    amount = number(value)
    return int(amount) if math.isfinite(amount) else 0


def _index(run: Evaluator, arguments: _Arguments) -> Value:
    _wanted("index", arguments, 2, 2)
    return float(run.string(arguments[0]).find(run.string(arguments[1])) + 1)


def _split(run: Evaluator, arguments: _Arguments) -> Value:
    _wanted("split", arguments, 2, 3)
    text, place = run.string(arguments[0]), arguments[1]
    if not isinstance(place, syntax.Name):
        raise AwkFailure("split wants an array")
    if len(arguments) == 2:
        separator = run.text(run.value(syntax.Name("FS")))
        found = fields_of(text, separator)
    elif isinstance(arguments[2], syntax.Regex):
        found = fields_of(text, _as_regex(arguments[2].text))
    else:
        found = fields_of(text, run.string(arguments[2]))
    array = run.array(place.name)
    array.clear()
    for at, piece in enumerate(found, 1):
        array.set(str(at), Input(piece))
    return float(len(found))


def _as_regex(text: str) -> str:
    """A separator of one character that is a regular expression all the same."""
    return f"({text})" if len(text) == 1 else text


def _sub(name: str) -> Callable[[Evaluator, _Arguments], Value]:
    def replace(run: Evaluator, arguments: _Arguments) -> Value:
        _wanted(name, arguments, 2, 3)
        place = arguments[2] if len(arguments) > 2 else _RECORD
        if not isinstance(place, (syntax.Name, syntax.Field, syntax.Index)):
            raise AwkFailure(f"{name} wants something to assign to")
        pattern, by = compiled(run.regex(arguments[0])), run.string(arguments[1])
        made, count = substituted(
            pattern, run.string(place), by, everywhere=name == "gsub", spend=run.world.spend
        )
        if count:
            run.assign(place, made)
        return float(count)

    return replace


def _match(run: Evaluator, arguments: _Arguments) -> Value:
    _wanted("match", arguments, 2, 2)
    found = compiled(run.regex(arguments[1])).search(run.string(arguments[0]))
    start, length = (found.start() + 1, len(found[0])) if found else (0, -1)
    run.set_name("RSTART", float(start))
    run.set_name("RLENGTH", float(length))
    return float(start)


def _sprintf(run: Evaluator, arguments: _Arguments) -> Value:
    if not arguments:
        raise AwkFailure("not enough args in sprintf")
    form, *values = (run.value(each) for each in arguments)
    return run.formatted(run.text(form), values)


def _of_text(change: Callable[[str], str]) -> Callable[[Evaluator, _Arguments], Value]:
    def run_it(run: Evaluator, arguments: _Arguments) -> Value:
        _wanted("the function", arguments, 1, 1)
        return change(run.string(arguments[0]))

    return run_it


def _of_numbers(
    compute: Callable[..., float], count: int
) -> Callable[[Evaluator, _Arguments], Value]:
    def run_it(run: Evaluator, arguments: _Arguments) -> Value:
        _wanted("the function", arguments, count, count)
        try:
            return float(compute(*(number(run.value(each)) for each in arguments)))
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan

    return run_it


def _bits(compute: Callable[[int, int], int]) -> Callable[..., float]:
    return lambda one, other: float(compute(int(one), int(other)) & 0xFFFFFFFFFFFFFFFF)


def _close(run: Evaluator, arguments: _Arguments) -> Value:
    _wanted("close", arguments, 1, 1)
    return run.close(run.string(arguments[0]))


def _upper(text: str) -> str:
    return "".join(letter.upper() if letter.isascii() else letter for letter in text)


def _lower(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


BUILT_IN: Mapping[str, Callable[[Evaluator, _Arguments], Value]] = {
    "length": _length,
    "substr": _substr,
    "index": _index,
    "split": _split,
    "sub": _sub("sub"),
    "gsub": _sub("gsub"),
    "match": _match,
    "sprintf": _sprintf,
    "tolower": _of_text(_lower),
    "toupper": _of_text(_upper),
    "sin": _of_numbers(math.sin, 1),
    "cos": _of_numbers(math.cos, 1),
    "atan2": _of_numbers(math.atan2, 2),
    "exp": _of_numbers(math.exp, 1),
    "log": _of_numbers(math.log, 1),
    "sqrt": _of_numbers(math.sqrt, 1),
    "int": _of_numbers(math.trunc, 1),
    "and": _of_numbers(_bits(lambda one, other: one & other), 2),
    "or": _of_numbers(_bits(lambda one, other: one | other), 2),
    "xor": _of_numbers(_bits(lambda one, other: one ^ other), 2),
    "lshift": _of_numbers(_bits(lambda one, other: one << (other & 63)), 2),
    "rshift": _of_numbers(_bits(lambda one, other: one >> (other & 63)), 2),
    "compl": _of_numbers(lambda one: float(~int(one) & 0xFFFFFFFFFFFFFFFF), 1),
    "close": _close,
    "fflush": lambda run, arguments: 0.0,
}


def arrays_of(function: syntax.Function) -> frozenset[str]:
    """The names that a function uses as arrays."""
    return frozenset(_arrays(function.body))


def _arrays(node: object) -> Iterator[str]:
    match node:
        case syntax.Index(name, _) | syntax.In(_, name) | syntax.Delete(name, _):
            yield name
        case syntax.ForEach(_, name, _):
            yield name
        case syntax.Call("split", (_, syntax.Name(name), *_)):
            yield name
        case _:
            pass
    if isinstance(node, tuple):
        for part in node:
            yield from _arrays(part)
    elif dataclasses.is_dataclass(node):
        for each in dataclasses.fields(node):
            yield from _arrays(getattr(node, each.name))
