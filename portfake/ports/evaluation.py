"""Ports of one tree evaluated for one target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portfake.errors import Place
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.make import Evaluation, Evaluator
from portfake.make.caches import Cache
from portfake.model.origin import Origin
from portfake.ports.outside import SHARE_MK, TargetOutside
from portfake.ports.profile import Profile
from portfake.ports.standing import Standing
from portfake.ports.tree import PortsTree
from portfake.root.mounts import Mount, MountTable

if TYPE_CHECKING:
    from portfake.model.port import Port
    from portfake.ports.make_command import MakeCall
    from portfake.shell.command import Command, Invocation

__all__ = ["EvaluatedPort", "PortsEvaluator"]

_MAX_NESTING = 8
_KEPT = 50
"""Ports that are kept with their evaluations, of half a megabyte each; twice as many at most."""
_ALL_FLAVORS = "all"


@dataclass(frozen=True, slots=True)
class EvaluatedPort:
    """A port, and the evaluation that more can be asked of: targets, recipes, variables."""

    port: Port
    evaluation: Evaluation
    folder: str
    """The port's folder as evaluation sees it."""


class PortsEvaluator:
    """Evaluates and remembers; the framework (Mk) is read once and shared by all ports."""

    def __init__(
        self,
        tree: PortsTree,
        profile: Profile,
        *,
        make_conf: str | None = None,
        variables: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        mounts: Iterable[Mount] = (),
        limits: Limits = DEFAULT,
    ) -> None:
        """`variables` are as on make's command line; `mounts` are shown beside the tree."""
        self.tree = tree
        self.profile = profile
        self.view = MountTable([*tree.mounts, *mounts])
        folders = (tree.seen_as, *tree.overlays)
        kept = [f"{folder}/{name}" for folder in folders for name in ("Mk", "Templates")]
        self._standing = Standing(self.view, profile, kept)
        self._make_conf = make_conf
        self._variables = dict(variables or {})
        self._environment = dict(environment or {})
        self._evaluator = Evaluator(limits)
        self._ports: Cache[Origin, EvaluatedPort] = Cache(self._evaluate_port, _KEPT)
        self._nesting = 0

    def port(self, origin: Origin) -> Port:
        """Return the port; see `evaluated`."""
        return self.evaluated(origin).port

    def evaluated(self, origin: Origin) -> EvaluatedPort:
        """Return the port with its evaluation; the ones asked for lately are kept.

        Raises NotFound for an origin the tree does not have, InputError where make would stop.
        """
        return self._ports[origin]

    def _evaluate_port(self, origin: Origin) -> EvaluatedPort:
        from portfake.ports.reader import read_port  # noqa: PLC0415  # start-up time

        folder = self.folder(origin)
        evaluation = self.evaluate(folder, flavor=origin.flavor)
        if evaluation.error is not None:
            raise evaluation.error
        port = read_port(origin, evaluation, Place(f"{folder}/Makefile"))
        return EvaluatedPort(port, evaluation, folder)

    def origins(self, word: str) -> list[Origin]:
        """Return what a word names: one origin, or with ``@all`` every flavor of a port.

        Raises NotFound or InputError for a word that names no port of the tree.
        """
        origin = self.tree.find(word)
        if origin.flavor != _ALL_FLAVORS:
            return [origin]
        plain = Origin(origin.category, origin.name)
        flavors = self.port(plain).flavors
        return [Origin(plain.category, plain.name, flavor) for flavor in flavors] or [plain]

    def folder(self, origin: Origin) -> str:
        """Return the port's folder as evaluation sees it; NotFound if there is none."""
        folder = self.tree.folder(origin)
        if folder is None:
            raise self.tree.missing(origin)
        return folder

    def evaluate(
        self,
        folder: str,
        *,
        flavor: str = "",
        makefile: str | None = None,
        variables: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        defines: Iterable[str] = (),
        targets: Iterable[str] = (),
    ) -> Evaluation:
        """Evaluate one folder's Makefile; what went wrong stands in the result."""
        return self._evaluator.evaluate(
            makefile or "Makefile",
            TargetOutside(
                self._standing,
                make_conf=self._make_conf,
                make_command=self._sub_make,
                curdir=folder,
            ),
            curdir=folder,
            environment={
                **self.environment(),
                **({"FLAVOR": flavor} if flavor else {}),
                **(environment or {}),
            },
            overrides={**self._variables, **(variables or {})},
            defines=tuple(defines),
            targets=tuple(targets),
            system_dirs=(SHARE_MK,),
            prelude=(f"{SHARE_MK}/sys.mk",),
        )

    @property
    def variables(self) -> Mapping[str, str]:
        """What stands on make's command line."""
        return self._variables

    def environment(self) -> dict[str, str]:
        """Return what every make of this target finds in its environment."""
        overlays = {"OVERLAYS": " ".join(self.tree.overlays)} if self.tree.overlays else {}
        return {
            "PATH": "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin",
            "MACHINE": self.profile.machine,
            "MACHINE_ARCH": self.profile.abi.cpu,
            "USER": "root",
            "PORTSDIR": self.tree.seen_as,
            "BATCH": "yes",
            # As Mk/Scripts/ports_env.sh exports it: some ports read it before the framework.
            "ARCH": self.profile.abi.cpu,
            **overlays,
            **self._environment,
        }

    def _sub_make(self, environ: Mapping[str, str]) -> Command:
        """Return `make` for commands of evaluation: it prints variables, and makes nothing."""
        from portfake.ports.make_command import make_command  # noqa: PLC0415  # start-up time

        def answer(call: MakeCall, invocation: Invocation) -> int:
            if call.targets:
                raise invocation.refuse("makes targets while a port is evaluated")
            if self._nesting >= _MAX_NESTING:
                raise LimitExceeded("makes call each other without end", where=invocation.place)
            self._nesting += 1
            try:
                evaluation = self.evaluate(
                    call.directory,
                    makefile=call.makefile,
                    variables=call.variables,
                    environment=invocation.environment,
                    defines=call.defines,
                )
            finally:
                self._nesting -= 1
            # A limit ends the whole evaluation; any other error ends that make alone.
            if isinstance(evaluation.error, LimitExceeded):
                raise evaluation.error
            for expression in call.expressions:
                invocation.print(printed(evaluation, expression))
            return evaluation.status

        return make_command(answer)


def printed(evaluation: Evaluation, expression: str) -> str:
    """Return what ``make -V expression`` prints: a text expanded, or a name's value.

    A name may have modifiers, as in ``-V PORTVERSION:R``.
    """
    if "$" in expression:
        return evaluation.expand(expression)
    if ":" in expression:
        return evaluation.expand(f"${{{expression}}}")
    return evaluation.value(expression) or ""
