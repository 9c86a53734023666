"""The state of one evaluation: variables, the place being read, budgets, messages.

Compiled text is shared by all evaluations; whatever changes while makefiles are read is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Final

from portfake.errors import Place
from portfake.limits import LimitExceeded, Limits
from portfake.make.outcome import (
    MakeStopped,
    Message,
    MessageKind,
    Uncertainty,
    UnknownCommand,
)
from portfake.make.outside import FailedOutput, Outside
from portfake.make.targets import Reading, Targets
from portfake.make.words import split

if TYPE_CHECKING:
    from portfake.make.compiler import Compiler
    from portfake.make.program import Program
    from portfake.make.texts import Text

__all__ = ["BUILT_IN", "Machine"]


_DEEPEST = 128
"""Texts in texts; with the nesting that one text may have it bounds the stack."""
_COMMAND = 5_000
"""The steps that a command costs, which may be a make of its own."""


class Machine:
    """What compiled lines and expressions work on.

    `variables` holds raw values of every scope in one dictionary; names in `frozen` come from the
    command line and keep their value. `slots` are the values of the loops around, outermost first.
    """

    def __init__(self, compiler: Compiler, outside: Outside, limits: Limits, curdir: str) -> None:
        self.compiler = compiler
        self.outside = outside
        self.limits = limits
        self.text_limit = min(limits.value, limits.text)
        self.deadline = monotonic() + limits.seconds
        self.depth_limit = min(limits.depth, _DEEPEST)
        self.depth = 0
        """How many texts are being expanded inside each other, besides those of variables."""
        self.curdir = curdir
        self.requests: list[tuple[str, bool]] = []
        """Variables that `.MAKEFLAGS: -V NAME` wants printed, and if expanded (-v)."""
        self.shuffles = 0
        self.now = 0
        """Seconds since 1970 that every clock of this evaluation shows."""
        # Variables.
        self.variables: dict[str, str] = {}
        self.environment: dict[str, str] = {}
        self.internal: dict[str, str] = dict.fromkeys(INTERNAL, "")
        """Below all others, and out of reach of `.undef`."""
        self.frozen: set[str] = set()
        self.from_environment: set[str] = set()
        """Those of `frozen` that are so by -e."""
        self.exported: set[str] = set()
        self.export_all = False
        self.slots: list[str] = []
        self.in_use: set[str] = set()
        self.local = False
        self.save_dollars = False
        self.strict = False
        """`-dL`: what make else passes over in silence is an error."""
        # The texts to expand with: normal ones, or those that keep what is undefined.
        self.texts: Mapping[str, Text] = compiler.texts
        # Reading.
        self.program: Program | None = None
        self.index = 0
        self.open_ifs = 0
        self.loops = 0
        self.readings: list[Reading] = []
        self.files: dict[str, None] = {}
        self.include_dirs: tuple[str, ...] = ()
        self.system_dirs: tuple[str, ...] = ()
        self.more_makefiles: list[str] = []
        """Those of `.MAKEFLAGS: -f FILE`, read once all others are."""
        self.targets: Targets = Targets()
        # What is found out on the way.
        self.steps = limits.steps
        self.messages: list[Message] = []
        self.fatal: MakeStopped | None = None
        self.unknown: list[UnknownCommand] = []
        self.uncertain: dict[str, str] = {}
        self.touched = False
        self.uncertainties: list[Uncertainty] = []

    # Reading variables.

    def lookup(self, name: str) -> str | None:
        """The raw value, None if the variable is undefined."""
        raw = self.variables.get(name)
        return self.missing(name) if raw is None else raw

    def missing(self, name: str) -> str | None:
        """The raw value of what is not among the plain variables."""
        if self.uncertain:
            raw = self.uncertain.get(name)
            if raw is not None:
                self.touched = True
                return raw
        if name not in BUILT_IN:
            return None
        return COMPUTED[name](self) if name in COMPUTED else self.internal[name]

    def is_defined(self, name: str) -> bool:
        """Whether any scope has the variable."""
        return name in self.variables or self.is_hidden(name)

    def is_hidden(self, name: str) -> bool:
        """Whether a variable that is not among the plain ones is defined all the same."""
        return name in BUILT_IN or name in self.uncertain

    def value(self, name: str) -> str | None:
        """The expanded value, None if the variable is undefined."""
        raw = self.lookup(name)
        if raw is None or "$" not in raw:
            return raw
        return self.late(name, raw)

    def late(self, name: str, raw: str) -> str:
        """Expand the raw value of a variable, which must not contain itself."""
        in_use = self.in_use
        if name in in_use:
            raise self.stop(f"Variable {name} is recursive.", status=2)
        if len(in_use) + self.depth >= self.depth_limit:
            raise self.exceeded(f"variables nest deeper than {self.depth_limit}")
        in_use.add(name)
        text = self.texts[raw].expand(self)
        in_use.remove(name)
        size = len(text)
        self.steps -= 1 + (size >> 5)
        if self.steps < 0 or size > self.text_limit:
            self.charge(text)
        return text

    def expand(self, text: str) -> str:
        """Expand every expression in a text."""
        if "$" not in text:
            return text
        return self.expand_with(self.texts, text)

    def expand_with(self, texts: Mapping[str, Text], text: str) -> str:
        """Expand every expression in a text that stands inside of others."""
        self.deepen()
        try:
            return texts[text].expand(self)
        finally:
            self.depth -= 1

    def deepen(self, levels: int = 1) -> None:
        """Go so many levels deeper; whoever does it comes up again by `depth`."""
        if len(self.in_use) + self.depth + levels > self.depth_limit:
            raise self.exceeded(f"texts nest deeper than {self.depth_limit}")
        self.depth += levels

    def charge(self, text: str) -> None:
        """Count the work that made a text, and hold it to its limit."""
        self.steps -= 1 + (len(text) >> 5)
        if self.steps < 0:
            raise self.exceeded(f"more than {self.limits.steps} steps")
        self.bound(len(text))

    def bound(self, size: int) -> None:
        """Hold a text of so many characters to its limit, before or after it is made."""
        if size > self.text_limit:
            raise self.exceeded(f"a value of more than {self.text_limit} bytes")

    def spend(self, steps: int) -> None:
        """Count work that is more than a line or an expression."""
        self.steps -= steps
        if self.steps < 0:
            raise self.exceeded(f"more than {self.limits.steps} steps")
        if monotonic() > self.deadline:
            raise self.exceeded(f"more than {self.limits.seconds:g} seconds")

    # Changing variables.

    def assign(self, name: str, raw: str) -> None:
        """Set a global variable; one of the command line keeps its value."""
        if name in self.frozen or not name:
            return
        if name[0] == "." and name in _ASSIGNED:
            _ASSIGNED[name](self, raw)
        if self.uncertain:
            self.uncertain.pop(name, None)
        self.variables[name] = raw

    def assign_known(self, name: str, raw: str) -> None:
        """Set a variable from an expansion that may have read an unknown command's output."""
        self.assign(name, raw)
        if self.touched:
            self.touched = False
            if self.variables.get(name) is raw:
                self.uncertain[name] = self.variables.pop(name)

    def override(self, name: str, raw: str) -> None:
        """Set a variable of the command line."""
        self.frozen.discard(name)
        self.assign_known(name, raw)
        self.frozen.add(name)
        self.environment[name] = raw
        self.append(".MAKEOVERRIDES", name)

    def append(self, name: str, raw: str) -> None:
        """`+=`: one space between, even beside an empty side."""
        if name in self.frozen or not name:
            return
        old = self.variables.get(name)
        if old is None:
            known, self.touched = self.touched, False
            old = self.missing(name)
            if self.touched and old is not None:
                self.touched = known
                self.uncertain[name] = f"{old} {raw}"
                return
            self.touched = known
        whole = raw if old is None else f"{old} {raw}"
        if name[0] == "." and name in _ASSIGNED:
            _ASSIGNED[name](self, raw)
        self.steps -= 1 + (len(whole) >> 9)
        if len(whole) > self.text_limit or self.steps < 0:
            self.charge(whole)
        self.variables[name] = whole

    def undefine(self, name: str) -> None:
        """`.undef`: what the environment has comes to light again."""
        if name in self.frozen:
            return
        if name in self.in_use:
            self.complain(f'Cannot delete variable "{name}" while it is used', fatal=True)
            return
        self.uncertain.pop(name, None)
        self.variables.pop(name, None)
        if name in self.environment:
            self.variables[name] = self.environment[name]

    def environment_first(self) -> None:
        """`-e`: what the environment has cannot be set by makefiles."""
        self.variables.update(self.environment)
        self.frozen.update(self.environment)
        self.from_environment.update(self.environment)

    # Commands.

    def command(self, command: str, variable: str | None = None) -> str:
        """The output of a shell command on one line, up to a NUL if it has one.

        What nobody can answer counts as empty; of a command that failed it is a FailedOutput.
        """
        self.spend(_COMMAND)
        try:
            output = self.outside.output(command, self.exported_values())
        except LimitExceeded as exceeded:
            if exceeded.where is None or not exceeded.where.file.startswith("/"):
                exceeded.message += f", in the command {command:.60}"
                exceeded.where = self.place()
            raise
        self.spend(0)
        if output is None:
            self.unknown.append(UnknownCommand(command, self.place(), variable))
            self.touched = True
            return ""
        text = output.partition("\0")[0].removesuffix("\n")
        self.charge(text)
        text = text.replace("\n", " ")
        return FailedOutput(text) if type(output) is FailedOutput else text

    def exported_values(self) -> dict[str, str]:
        """The environment of commands as it is now."""
        values = {**self.environment, "MAKELEVEL": "1"}
        if flags := self.expand(_MAKEFLAGS):
            values["MAKEFLAGS"] = flags
        names = list(self.variables) if self.export_all else self.exported
        for name in names:
            if name not in self.in_use and name in self.variables and name[:1] not in {".", "-"}:
                values[name] = self.value(name) or ""
        for name in self.frozen:
            if not name.startswith("."):
                values[name] = self.variables.get(name, "")
        return values

    # Places, messages and ends.

    def absolute(self, path: str) -> str:
        """The path as it is seen from the current folder."""
        return path if path.startswith("/") else f"{self.curdir}/{path}"

    def place(self) -> Place | None:
        """The line being read."""
        if not self.readings:
            return None
        reading = self.readings[-1]
        return Place(reading.path, self.line_number(), reading.included_at)

    def line_number(self) -> int:
        """The number of the line being read."""
        return 0 if self.program is None else self.program.line_number(self.index)

    def say(self, kind: MessageKind, text: str, place: Place | None = None) -> None:
        """Note a message; hostile makefiles may not fill memory with them."""
        if len(self.messages) >= 10_000:
            raise self.exceeded("more than 10000 messages")
        self.messages.append(Message(kind, text, place or self.place()))

    def warn(self, text: str) -> None:
        """Note what make would warn about."""
        self.say(MessageKind.WARNING, text)

    def complain(self, text: str, *, fatal: bool = False) -> None:
        """Note an error of make's own; a fatal one stops it once all files are read."""
        self.say(MessageKind.ERROR if fatal else MessageKind.DIAGNOSTIC, text)
        if fatal and self.fatal is None:
            self.fatal = MakeStopped(
                text, where=self.place(), hint="make stops here once all files are read"
            )

    def stop(self, text: str, *, status: int = 1) -> MakeStopped:
        """The exception that ends this evaluation at once."""
        self.say(MessageKind.ERROR, text)
        return MakeStopped(text, where=self.place(), status=status)

    def exceeded(self, what: str) -> LimitExceeded:
        """The exception for what costs too much."""
        return LimitExceeded(
            what, where=self.place(), hint="raise the limits if the makefile is to be trusted"
        )

    def decide(self, what: str) -> None:
        """A decision was made: if an unknown command's output had a part in it, remember so."""
        if self.touched:
            self.touched = False
            self.uncertainties.append(Uncertainty(what, self.place()))


_MAKEFLAGS = "${.MAKEFLAGS} ${.MAKEOVERRIDES:O:u:@v@$v=${$v:Q}@}"
"""What make tells the makes that it starts, by their environment."""


def _set_save_dollars(machine: Machine, raw: str) -> None:
    first = raw[:2].lower()
    if first[:1] in {"y", "t", "1"} or first == "on":
        machine.save_dollars = True
    elif first[:1] in {"n", "f", "0"} or first == "of":
        machine.save_dollars = False


def _set_curdir(machine: Machine, raw: str) -> None:
    machine.curdir = raw
    machine.variables[".PATH"] = " ".join([".", raw, *machine.targets.search_path])


def _set_exported(machine: Machine, raw: str) -> None:
    machine.exported.update(split(machine.expand(raw)))


_ASSIGNED: Final[Mapping[str, Callable[[Machine, str], None]]] = {
    ".CURDIR": _set_curdir,
    ".MAKE.EXPORTED": _set_exported,
    ".MAKE.SAVE_DOLLARS": _set_save_dollars,
}
"""Variables whose assignment does more than to set them."""

INTERNAL = ("MAKEFILE",)
"""Variables below all others."""

COMPUTED: Final[Mapping[str, Callable[[Machine], str]]] = {
    ".ALLTARGETS": lambda machine: " ".join(machine.targets.rules),
    ".SUFFIXES": lambda machine: " ".join(machine.targets.suffixes),
}
"""Variables that are worked out when they are read."""
BUILT_IN: Final = frozenset({*INTERNAL, *COMPUTED})
"""Variables that are always there."""
