"""Texts compiled: literal pieces and expressions, joined.

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
from portfake.make.setting import Setting
from portfake.make.texts import FEW, Literal, Part, Text, joined

__all__ = ["compile_text"]


_REST = 10
"""The steps that it costs to expand an undefined expression once more."""


class _Hole(NamedTuple):
    text: Text
    source: str


def compile_text(text: str, setting: Setting) -> Text:
    """The text as it is to be expanded in this setting."""
    if text.count("$") > _MOST_EXPRESSIONS:
        return _Refused()
    if text.count("$") == text.count("${:U"):
        words = "".join(_LITERALS.split(text))
        if "$" not in words:
            return Literal(words)
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
            pieces.append(_Hole(_KeptDollars(), "$$") if setting.keep else "$")
            continue
        part, at = parse_expression(text, dollar, setting)
        pieces.append(part if isinstance(part, str) else _Hole(part, text[dollar:at]))
    if setting.keep:
        return _Keeping(pieces, setting)
    parts: list[Part] = [piece if isinstance(piece, str) else piece.text for piece in pieces]
    return joined(parts)


_MOST_EXPRESSIONS = 200_000
_LITERALS = re.compile(r"\$\{:U([^$:{}\\]*)\}")
"""What loops store is often a list of nothing else."""


class _Refused(Text):
    __slots__ = ()

    def expand(self, machine: Machine) -> str:
        raise machine.exceeded(f"a text of more than {_MOST_EXPRESSIONS} expressions")


class _KeptDollars(Text):
    __slots__ = ()

    def expand(self, machine: Machine) -> str:
        return "$$" if machine.save_dollars else "$"


class _Keeping(Text):
    """A text on the right side of `:=`."""

    __slots__ = ("is_long", "pieces", "rests", "setting")

    def __init__(self, pieces: list[str | _Hole], setting: Setting) -> None:
        self.pieces = pieces
        self.is_long = sum(not isinstance(piece, str) for piece in pieces) > FEW
        self.setting = setting
        self.rests: dict[str, Text] = {}
        """What stands behind the dollar of an expression that was undefined once."""

    def expand(self, machine: Machine) -> str:
        pieces = [
            piece if isinstance(piece, str) else self.kept(machine, piece) for piece in self.pieces
        ]
        if self.is_long:
            machine.bound(sum(map(len, pieces)))
        return "".join(pieces)

    def kept(self, machine: Machine, hole: _Hole) -> str:
        """The value of an expression, or its text."""
        value = hole.text.read(machine)
        source = hole.source
        if value is None:
            machine.steps -= _REST
            if machine.steps < 0:
                machine.spend(0)
            if source not in self.rests:
                self.rests[source] = compile_text(source[1:], self.setting)
            return "$" + self.rests[source].expand(machine)
        if type(value) is ErrorText:
            machine.complain(f'Undefined variable "{source}"', fatal=True)
        return value
