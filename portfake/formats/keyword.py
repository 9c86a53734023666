"""Keywords/NAME.ucl: what a keyword of a packing list does, and its %-escapes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portfake.errors import InputError, Place, Problems
from portfake.formats import ucl
from portfake.limits import DEFAULT, Limits
from portfake.model.attributes import Attributes, parse_mode
from portfake.model.manifest import Message, MessageType, Phase

__all__ = ["Action", "Expansion", "Keyword", "parse"]

_ACTIONS = {
    *("setprefix", "dir", "file", "setmode", "setowner", "setgroup", "comment", "config"),
    *("override_prefix", "name"),
}
_PHASES = (Phase.PRE_INSTALL, Phase.POST_INSTALL, Phase.PRE_DEINSTALL, Phase.POST_DEINSTALL)


@dataclass(frozen=True, slots=True)
class Action:
    """What the packing list would do for a built-in keyword, on one argument or the whole line."""

    name: str
    argument: int | None = None
    """Which argument, counted from 1; None for the whole line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """One keyword file (libpkg/pkg_ports.c, apply_keyword_file(); spec/pkg.md 2.4)."""

    name: str
    actions: tuple[Action, ...] = ()
    arguments: bool = False
    """Whether the line is split into arguments."""
    preformat_arguments: bool = False
    """Whether escapes in the line are expanded before it is put into scripts."""
    attributes: Attributes | None = None
    scripts: Mapping[Phase, str] = field(default_factory=dict)
    lua_scripts: Mapping[Phase, str] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    deprecated: bool = False
    deprecation_message: str = ""
    prepackaging: str = ""
    """Lua that pkg runs when it makes the package; portfake never does."""


def parse(text: str, name: str, where: str = "", *, limits: Limits = DEFAULT) -> Keyword:
    """Return the keyword that `text` defines; raise InputError with every key that is wrong.

    Unknown keys are left alone, as pkg leaves them.
    """
    where = where or f"{name}.ucl"
    value = ucl.parse(text, where, limits=limits)
    if not isinstance(value, ucl.UclObject):
        raise InputError("a keyword is an object", where=where)
    reader = _Reader(value, where)
    keyword = Keyword(
        name=name,
        actions=tuple(filter(None, map(reader.action, ucl.each(value.get("actions", []))))),
        arguments=reader.flag("arguments"),
        preformat_arguments=reader.flag("preformat_arguments"),
        attributes=reader.attributes(),
        scripts=reader.scripts(""),
        lua_scripts=reader.scripts("-lua"),
        messages=tuple(filter(None, map(reader.message, ucl.each(value.get("messages", []))))),
        deprecated=reader.flag("deprecated"),
        deprecation_message=reader.text("deprecation_message"),
        prepackaging=reader.text("prepackaging"),
    )
    Problems.check(reader.problems)
    return keyword


@dataclass(slots=True)
class _Reader:
    value: ucl.UclObject
    where: str
    problems: list[InputError] = field(default_factory=list)

    def _wrong(self, key: str, message: str) -> None:
        place = Place(self.where, self.value.lines.get(key, 0))
        self.problems.append(InputError(f"{key}: {message}", where=place))

    def flag(self, key: str) -> bool:
        # Said twice, the first one holds, as for libucl's ucl_object_find_key().
        value = next(ucl.each(self.value.get(key, False)), False)
        if not isinstance(value, bool):
            self._wrong(key, "true or false is wanted")
        return value is True

    def text(self, key: str) -> str:
        value = self.value.get(key, "")
        if not isinstance(value, str):
            self._wrong(key, "text is wanted")
            return ""
        return value

    def scripts(self, suffix: str) -> dict[Phase, str]:
        keys = {phase: phase.value + suffix for phase in _PHASES}
        return {phase: self.text(key) for phase, key in keys.items() if key in self.value}

    def action(self, text: object) -> Action | None:
        match = re.fullmatch(r"(\w+)(?:\(([0-9]{1,4})\))?", text) if isinstance(text, str) else None
        if match is None:
            self._wrong("actions", f"{text!r} is no action")
            return None
        # pkg passes over names that it does not know.
        name = match[1].lower()
        return Action(name, int(match[2] or 0) or None) if name in _ACTIONS else None

    def attributes(self) -> Attributes | None:
        value = self.value.get("attributes")
        if value is None:
            return None
        if not isinstance(value, dict):
            self._wrong("attributes", "an object is wanted")
            return None
        owner, group, mode = (value.get(key) for key in ("owner", "group", "mode"))
        try:
            return Attributes(
                owner if isinstance(owner, str) else None,
                group if isinstance(group, str) else None,
                # A number is ignored by pkg, with a complaint.
                parse_mode(mode) if isinstance(mode, str) else None,
            )
        except InputError as error:
            self._wrong("attributes", error.message)
            return None

    def message(self, value: object) -> Message | None:
        text = value.get("message") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(text, str):
            self._wrong("messages", "each needs a message")
            return None
        kinds = {kind.value: kind for kind in MessageType}
        return Message(text, kinds.get(str(value.get("type", "")).lower()))


@dataclass(frozen=True, slots=True)
class Expansion:
    """What the escapes of a keyword's scripts stand for (libpkg/utils.c, format_exec_cmd())."""

    prefix: str
    last_file: str = ""
    """The last plain file of the list, as it was written."""
    line: str | None = None
    arguments: Sequence[str] | None = None

    def expand(self, template: str, *, comment: str = "#") -> str:
        """Return `template` with ``%D %F %f %B %@ %# %1 %%`` replaced.

        With arguments, a line ``# args: a b`` comes first, in Lua (`comment` ``--``) likewise:
        there pkg finds them at run time. Raises InputError where a file or argument is missing.
        """
        head = ""
        if self.line is not None and self.arguments is not None:
            head = f"{comment} args: {self.line}\n"
        return head + _ESCAPE.sub(self._replace, template)

    def _replace(self, match: re.Match[str]) -> str:
        letter = match[1]
        if letter == "D":
            return self.prefix
        if letter in ("F", "f", "B"):
            return self._file_part(letter)
        if letter == "%":
            return "%"
        if letter == "@" and self.line is not None:
            return self.line
        arguments = self.arguments or ()
        if letter in ("@", "#"):
            return str(len(arguments))
        if letter.isdigit():
            number = int(letter[:6])
            if not 1 <= number <= len(arguments):
                raise InputError(f"%{number} is wanted, but there are {len(arguments)} arguments")
            return arguments[number - 1]
        return match[0]

    def _file_part(self, letter: str) -> str:
        if not self.last_file:
            raise InputError(f"%{letter} is wanted, but no file was listed before")
        if letter == "F":
            return self.last_file
        folder, _, name = f"{self.prefix.rstrip('/')}/{self.last_file}".rpartition("/")
        return name if letter == "f" else folder


_ESCAPE = re.compile(r"%([0-9]+|[\s\S])")
