"""The native stager: make's targets walked, their recipes interpreted, no process started."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from portfake.errors import InputError, Refused
from portfake.limits import DEFAULT, Limits
from portfake.make import Evaluation, RecipeLine
from portfake.model.entry import EntryType
from portfake.model.origin import Origin
from portfake.ports.evaluation import EvaluatedPort, PortsEvaluator, printed
from portfake.ports.make_command import MakeCall, make_command
from portfake.ports.profile import Profile
from portfake.root.mounts import MountTable
from portfake.shell.command import Command, Invocation, UnknownCommand, UnknownOption
from portfake.shell.commands import base_commands
from portfake.shell.interpreter import Interpreter, Result
from portfake.shell.judgement import judge
from portfake.stage.fetching import Fetcher
from portfake.stage.framework import LOCALBASE, framework_commands
from portfake.stage.sandbox import Sandbox
from portfake.stage.staged import Staged, collect
from portfake.stage.targets import TargetWalk
from portfake.stage.workspace import DISTFILES, WORK, Workspace

__all__ = ["GOALS", "STAGE_ENVIRONMENT", "NativeStager", "Staged"]

_MAKEFILES = ("BSDmakefile", "makefile", "Makefile")
"""What make looks for, in this order (share/mk/sys.mk, .MAKE.MAKEFILE_PREFERENCE)."""
_NOT_NATIVE = "the port cannot be staged here; --packages DIR takes its package instead"
GOALS = ("stage", "create-manifest")
"""What is made of a port: its staged tree, and what pkg-create(8) is told of it."""
STAGE_ENVIRONMENT = {
    "WRKDIRPREFIX": WORK,
    "DISTDIR": DISTFILES,
    # Dependencies and conflicts are settled by the plan.
    "NO_DEPENDS": "yes",
    "DISABLE_CONFLICTS": "yes",
}
"""What the framework finds in the environment of an evaluation that is to be staged."""


class NativeStager:
    """Stages ports of one evaluator in one workspace."""

    def __init__(
        self,
        evaluator: PortsEvaluator,
        workspace: Workspace,
        *,
        clock: int,
        progress: Callable[[str], None] = lambda line: None,
        fetcher: Fetcher | None = None,
        sandbox: Sandbox | None = None,
        limits: Limits = DEFAULT,
    ) -> None:
        """`clock` is the only date that recipes see; `progress` is given what they print.

        `fetcher` gets distfiles that are not there; without one that is an error. `sandbox` runs
        recipe lines that cannot be interpreted; without one they are refused.
        """
        self._evaluator = evaluator
        self._workspace = workspace
        self._clock = clock
        self._progress = progress
        self._fetcher = fetcher
        self._sandbox = sandbox
        self._limits = limits
        self._nesting = 0
        self._made: dict[str, int] = {}
        """Files that makes among the sources made, in their order."""

    @property
    def evaluator(self) -> PortsEvaluator:
        """Whose ports it stages."""
        return self._evaluator

    @property
    def profile(self) -> Profile:
        """The target."""
        return self._evaluator.profile

    def stage(self, origin: Origin) -> Staged:
        """Stage the port; raises Refused for a recipe that cannot be interpreted."""
        evaluated = self._evaluator.evaluated(origin)
        if evaluated.port.ignore:
            raise Refused(f"{evaluated.port.full_name} {evaluated.port.ignore}", where=str(origin))
        notes = self.make(evaluated, GOALS)
        return collect(evaluated, self._evaluator, self._workspace, notes=notes)

    def make(self, evaluated: EvaluatedPort, goals: Iterable[str]) -> tuple[str, ...]:
        """Make targets of a port, and return what their recipes asked for in vain."""
        notes: list[str] = []
        origin = evaluated.port.origin
        flavor = {"FLAVOR": origin.flavor} if origin.flavor else {}
        environment = {**self._evaluator.environment(), **flavor}
        self._make(
            _Make(evaluated.evaluation, evaluated.folder, evaluated.folder),
            goals,
            environment,
            notes,
        )
        return tuple(notes)

    def _make(
        self,
        this: _Make,
        goals: Iterable[str],
        environment: Mapping[str, str],
        notes: list[str],
    ) -> None:
        view = self._evaluator.view
        evaluation, folder = this.evaluation, this.folder
        variables = {
            **_uname(self._evaluator.profile),
            **environment,
            **this.overrides,
            **evaluation.exported,
        }
        interpreter = Interpreter(
            view,
            {
                **base_commands(),
                **framework_commands(
                    self._sub_make(this, notes),
                    self._evaluator.profile,
                    evaluation.value("LOCALBASE") or LOCALBASE,
                    self._fetcher,
                ),
            },
            cwd=folder,
            environment=variables,
            limits=self._limits,
            clock=self._clock,
        )

        def run(line: RecipeLine) -> None:
            try:
                result = (
                    self._run_outside(line, folder, variables)
                    if self._sandbox is not None and judge(line.text, interpreter.commands)
                    else interpreter.run(line.text, errexit=not line.ignore, where=line.place)
                )
            except (UnknownCommand, UnknownOption) as error:
                error.hint = error.hint or _NOT_NATIVE
                raise
            for text in (result.output + result.errors).decode("utf-8", "replace").splitlines():
                self._progress(text)
            if result.status and not line.ignore:
                raise InputError(
                    f"the recipe ended with status {result.status}",
                    where=line.place,
                    hint=_last_line(result.errors) or _last_line(result.output),
                )

        def exists(path: str) -> bool:
            return view.stat(posixpath.join(folder, path)) is not None

        ages = None if folder == this.port else _Ages(view, folder, self._made)
        walk = TargetWalk(evaluation, exists, run, self._limits, ages)
        for goal in goals:
            walk.make(goal)
        notes.extend(f"{note.place}: {note.text}" for note in interpreter.notes)

    def _run_outside(self, line: RecipeLine, folder: str, environment: Mapping[str, str]) -> Result:
        assert self._sandbox is not None
        self._progress(f"in the sandbox: {line.text}")
        ended = self._sandbox.run(
            line.text, directory=folder, environment=environment, errexit=not line.ignore
        )
        # What the tree was known to hold may be gone.
        self._workspace.root.forget()
        return Result(ended.status, ended.output, ended.complaint)

    def _sub_make(self, caller: _Make, notes: list[str]) -> Command:
        """Return make for recipes: of the port itself, and of what lies among its sources."""

        def answer(call: MakeCall, invocation: Invocation) -> int:
            if self._nesting >= self._limits.depth:
                raise InputError("makes call each other without end", where=invocation.place)
            own = call.directory == caller.port
            overrides = {**caller.overrides, **call.variables}
            evaluation = self._evaluator.evaluate(
                call.directory,
                makefile=call.makefile or (None if own else self._makefile(call, invocation)),
                variables=overrides,
                environment=invocation.environment,
                defines=call.defines,
                targets=call.targets,
            )
            if evaluation.error is not None:
                raise evaluation.error
            for expression in call.expressions:
                invocation.print(printed(evaluation, expression))
            goals = call.targets
            if not goals and not call.expressions:
                goals = evaluation.wanted or tuple(filter(None, [evaluation.main_target]))
            this = _Make(evaluation, call.directory, caller.port, {} if own else overrides)
            self._nesting += 1
            try:
                self._make(this, goals, invocation.environment, notes)
            finally:
                self._nesting -= 1
            return 0

        return make_command(answer)

    def _makefile(self, call: MakeCall, invocation: Invocation) -> str:
        """Return the makefile that make would take; Refused for what is not done here."""
        view = self._evaluator.view
        if call.modes:
            raise invocation.refuse(f"-{' -'.join(sorted(call.modes))} is not known here")
        objects = view.stat(f"{call.directory}/obj")
        if objects is not None and objects.type is EntryType.DIRECTORY:
            raise invocation.refuse(f"{call.directory} has a folder obj, where make would work")
        there = (name for name in _MAKEFILES if view.stat(f"{call.directory}/{name}") is not None)
        return next(there, _MAKEFILES[-1])


@dataclass(frozen=True, slots=True)
class _Make:
    """One make that runs: of the port, or of a makefile among its sources."""

    evaluation: Evaluation
    folder: str
    """Where it runs."""
    port: str
    """The port's own folder."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Variables of its command line; those of the port's own make are the evaluator's."""


@dataclass(frozen=True, slots=True)
class _Ages:
    """Files by their times; what was made here is newer than what was not, whatever the clock."""

    view: MountTable
    folder: str
    order: dict[str, int]

    def newer(self, one: str, other: str) -> bool:
        return self._age(one) > self._age(other)

    def made(self, name: str) -> None:
        path = posixpath.join(self.folder, name)
        before = self.order.pop(path, 0)
        self.order[path] = max(before, *self.order.values(), 0) + 1

    def _age(self, name: str) -> tuple[int, int]:
        path = posixpath.join(self.folder, name)
        entry = self.view.stat(path)
        return self.order.get(path, 0), (entry and entry.mtime) or 0


def _uname(profile: Profile) -> dict[str, str]:
    """Return what uname(1) says of the target, by the variables that it knows."""
    return {
        "UNAME_r": profile.release,
        "UNAME_m": profile.machine,
        "UNAME_p": profile.abi.cpu,
    }


def _last_line(text: bytes) -> str | None:
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else None
