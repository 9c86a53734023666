"""Whether a port can be staged natively, told before any work from its recipes' text.

Every recipe on the way to the stage is judged: whether it parses, and whether each command and
each literal option is one that the table knows. What shows only when recipes run (a program of
the sources, a name in a variable) is told apart and is no obstacle.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import NoReturn

from portfake.errors import Place, PortfakeError
from portfake.ports.evaluation import EvaluatedPort
from portfake.ports.profile import Profile
from portfake.ports.stageability import builds_with, needed_tools, why_not_native
from portfake.shell.command import Command
from portfake.shell.commands import base_commands
from portfake.shell.judgement import Objection, Reason, judge
from portfake.stage.framework import LOCALBASE, framework_commands
from portfake.stage.native import GOALS
from portfake.stage.targets import TargetWalk

__all__ = ["Forecast", "Outlook", "forecast", "judge_recipes"]

_AT_RUN_TIME = {Reason.PROGRAM, Reason.RUN_TIME}


class Outlook(Enum):
    """How a port can be had."""

    NATIVE = "native"
    """It is staged here, nothing executed."""
    RUN = "run"
    """It is staged here by running its recipes, as the user asked for."""
    TRIED = "tried"
    """It builds, by what shows only when recipes run: a package is better, and without one it is
    tried if the user asked for the port itself."""
    PACKAGES = "packages"
    """It builds, or needs an interpreter: its package is needed (--packages)."""
    REFUSED = "refused"
    """The port says no itself, or a recipe has something that is not interpreted."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is known of staging one port before it is done."""

    outlook: Outlook
    reason: str | None = None
    """Why not natively: what metadata say, or the first word that stands in the way."""
    place: Place | None = None
    """The line of the recipe that has the word."""
    objections: tuple[Objection, ...] = ()
    """Every word that stands in the way."""
    at_run_time: tuple[Objection, ...] = ()
    """Every word that shows only when recipes run."""

    @property
    def is_staged_here(self) -> bool:
        """Whether no package of it is needed."""
        return self.outlook in (Outlook.NATIVE, Outlook.RUN)

    @property
    def is_tried(self) -> bool:
        """Whether it is staged here for want of a package, if it was asked for itself."""
        return self.outlook is Outlook.TRIED


def forecast(evaluated: EvaluatedPort, profile: Profile) -> Forecast:
    """Judge a port by its own word, its metadata, then its recipes."""
    if evaluated.port.ignore:
        return Forecast(Outlook.REFUSED, evaluated.port.ignore)
    tools = needed_tools(evaluated.port)
    if tools is not None:
        return Forecast(Outlook.PACKAGES, tools)
    if evaluated.port.no_build:
        return judge_recipes(evaluated, profile)
    if _builds_by_recipes(evaluated):
        told = judge_recipes(evaluated, profile)
        if told.outlook is Outlook.NATIVE:
            if not told.at_run_time:
                return told
            return replace(told, outlook=Outlook.TRIED, reason=why_not_native(evaluated.port))
    return Forecast(Outlook.PACKAGES, why_not_native(evaluated.port))


def _builds_by_recipes(evaluated: EvaluatedPort) -> bool:
    """Whether what builds the port may be no more than recipes that can be interpreted.

    A do-build of its own may; so may the framework's configure and make, where the outcome is the
    same for every CPU.
    """
    evaluation = evaluated.evaluation
    builders = ("do-configure", "do-build")
    places = [line.place.file for name in builders for line in evaluation.recipe(name)]
    if any("/Mk/Uses/" in place for place in places):
        return False
    framework_builds = bool(places) and places[-1].endswith("/Mk/bsd.port.mk")
    return evaluated.port.no_arch or not framework_builds


def judge_recipes(evaluated: EvaluatedPort, profile: Profile) -> Forecast:
    """Judge the recipes alone, whatever metadata say."""
    try:
        found = list(_objections(evaluated, profile))
    except PortfakeError as error:
        return Forecast(Outlook.REFUSED, error.message, error.where)
    localbase = _localbase(evaluated)
    certain = tuple(one for one in found if _is_certain(one, localbase))
    at_run_time = tuple(one for one in found if not _is_certain(one, localbase))
    if not certain:
        return Forecast(Outlook.NATIVE, at_run_time=at_run_time)
    tool = next((one for one in certain if builds_with(one.word)), None)
    if tool is not None:
        return Forecast(Outlook.PACKAGES, f"it needs {tool.word}", tool.place, certain, at_run_time)
    first = certain[0]
    return Forecast(Outlook.REFUSED, first.detail or first.word, first.place, certain, at_run_time)


def _is_certain(objection: Objection, localbase: str) -> bool:
    """A program of another port is not there when recipes run, unlike one of the sources."""
    of_another_port = objection.word.startswith(f"{localbase}/")
    return of_another_port or objection.reason not in _AT_RUN_TIME


def _localbase(evaluated: EvaluatedPort) -> str:
    return evaluated.evaluation.value("LOCALBASE") or LOCALBASE


def _objections(evaluated: EvaluatedPort, profile: Profile) -> Iterator[Objection]:
    calls: list[Sequence[str | None]] = []
    make = Command("make", _never_run, None, check=calls.append)
    commands = {**base_commands(), **framework_commands(make, profile, _localbase(evaluated))}
    targets = evaluated.evaluation.targets
    walk = TargetWalk(evaluated.evaluation, lambda path: False, _never_run)
    waiting = list(reversed(GOALS))
    seen = set(waiting)
    while waiting:
        for line in walk.foreseen(waiting.pop()):
            calls.clear()
            yield from judge(line.text, commands, where=line.place)
            elsewhere = not _stays_in(evaluated.folder, line.text)
            for goal, own in _goals(calls):
                if elsewhere or not own or goal not in targets:
                    detail = f"make: {goal} is of a makefile that is not there yet"
                    yield Objection(line.place, "make", Reason.PROGRAM, detail)
                elif goal not in seen:
                    seen.add(goal)
                    waiting.append(goal)


def _stays_in(folder: str, text: str) -> bool:
    """Whether a recipe that calls make calls it in the port's own folder, where recipes begin."""
    folders = re.findall(r"(?<![\w.-])cd\s+(\S+?)/?(?=[\s;&)]|$)", text)
    return not folders or folder in folders


def _goals(calls: Iterable[Sequence[str | None]]) -> Iterator[tuple[str, bool]]:
    """Yield the literal words of make's command lines that are neither options nor variables.

    With them, whether they are the port's own: with -C or -f another makefile has them.
    """
    for arguments in calls:
        words = [word for word in arguments if word is not None]
        elsewhere = any(word.startswith(("-C", "-f")) for word in words)
        if elsewhere:
            yield " ".join(words), False
            continue
        for word in words:
            if not word.startswith("-") and "=" not in word:
                yield word, True


def _never_run(_: object) -> NoReturn:
    raise AssertionError("a forecast runs nothing")
