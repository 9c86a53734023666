"""Texts compiled to functions: literal pieces and expressions, joined.

Two readings of the same text exist. The normal one drops what is undefined and halves `$$`.
The other, for `:=`, keeps what is undefined for later: it writes the `$` and goes on behind it,
so that expressions inside the undefined one are still expanded.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from portfake.make.expressions import parse_expression
from portfake.make.machine import Machine
from portfake.make.outcome import ErrorText
from portfake.make.setting import FEW, Part, Read, Setting, Text, constant, text_of

__all__ = ["compile_text"]


_REST = 10
"""The steps that it costs to expand an undefined expression once more."""


class _Hole(NamedTuple):
    read: Read
    source: str


def compile_text(text: str, setting: Setting) -> Text:
    """The function that expands a text in this setting."""
    if text.count("$") > _MOST_EXPRESSIONS:
        return _refused
    if text.count("$") == text.count("${:U"):
        words = "".join(_LITERALS.split(text))
        if "$" not in words:
            return constant(words)
    pieces: list[str | _Hole] = []
    at = 0
    while True:
        dollar = text.find("$", at)
        if dollar < 0:
            pieces.append(text[at:])
            break
        pieces.append(text[at:dollar])
        if text.startswith("$$", dollar):
            at = dollar + 2
            pieces.append(_Hole(_kept_dollars, "$$") if setting.keep else "$")
            continue
        part, at = parse_expression(text, dollar, setting)
        pieces.append(part if isinstance(part, str) else _Hole(part, text[dollar:at]))
    if setting.keep:
        return _keeping(pieces, setting)
    parts: list[Part] = [piece if isinstance(piece, str) else piece.read for piece in pieces]
    return text_of(parts)


_MOST_EXPRESSIONS = 200_000
_LITERALS = re.compile(r"\$\{:U([^$:{}\\]*)\}")
"""What loops store is often a list of nothing else."""


def _refused(machine: Machine) -> str:
    raise machine.exceeded(f"a text of more than {_MOST_EXPRESSIONS} expressions")


def _kept_dollars(machine: Machine) -> str:
    return "$$" if machine.save_dollars else "$"


def _keeping(parts: list[str | _Hole], setting: Setting) -> Text:
    literals = [part if isinstance(part, str) else "" for part in parts]
    holes = [(at, part) for at, part in enumerate(parts) if not isinstance(part, str)]
    is_long = len(holes) > FEW
    rests: dict[int, Text] = {}

    def expand(machine: Machine) -> str:
        pieces = literals.copy()
        for at, (read, source) in holes:
            value = read(machine)
            if value is None:
                machine.steps -= _REST
                if machine.steps < 0:
                    machine.spend(0)
                if at not in rests:
                    rests[at] = compile_text(source[1:], setting)
                value = "$" + rests[at](machine)
            elif type(value) is ErrorText:
                machine.complain(f'Undefined variable "{source}"', fatal=True)
            pieces[at] = value
        if is_long:
            machine.bound(sum(map(len, pieces)))
        return "".join(pieces)

    return expand
