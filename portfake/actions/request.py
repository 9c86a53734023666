"""What a caller says of the target, and the tree and evaluator that follow from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portfake.errors import Refused, UsageError
from portfake.model.abi import Abi

if TYPE_CHECKING:  # start-up time: a verb about packages alone takes a target and no tree
    from portfake.ports.evaluation import PortsEvaluator
    from portfake.ports.profile import Profile
    from portfake.ports.tree import PortsTree
    from portfake.root.mounts import Mount

__all__ = ["TargetRequest", "profile_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRequest:
    """Which tree is evaluated, and for which machine."""

    ports: str
    overlays: Sequence[str] = ()
    abi: str | None = None
    osversion: int | None = None
    make_conf: str | None = None
    """Text of the make.conf to read, not its path."""
    distdir: str | None = None
    port_dbdir: str | None = None
    """Where options were saved by `make config`; None for nowhere."""
    root: str | None = None
    """A root that says what the target is, for verbs that are not about a root."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """As on make's command line."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The part of the caller's environment that the framework may see."""

    def profile(
        self, found: tuple[Abi, int] | None = None, *, where: str = "", believe: bool = False
    ) -> Profile:
        """Return the target: what was asked for, else what was `found` in the root `where`.

        Raises Refused where the two disagree in CPU or release, unless `believe` says that the
        user knows better; UsageError if neither says anything.
        """
        from portfake.ports.profile import Profile  # noqa: PLC0415  # start-up time

        if self.abi is None and found is None:
            raise UsageError(
                "the target is not known", hint="say it with --abi, such as FreeBSD:14:aarch64"
            )
        abi = found[0] if self.abi is None and found else Abi.parse(self.abi or "")
        if found is not None and not believe:
            self._check(abi, found, where)
        version = found[1] if found is not None and found[0] == abi else None
        return Profile.compose(abi, self.osversion or version)

    def _check(self, abi: Abi, found: tuple[Abi, int], where: str) -> None:
        hint = "leave --abi and --osversion out, or say --force-abi"
        if abi != found[0]:
            raise Refused(f"the root is {found[0]}, not {abi}", where=where, hint=hint)
        if self.osversion is not None and self.osversion // 1000 != found[1] // 1000:
            raise Refused(
                f"the root's __FreeBSD_version is {found[1]}, not {self.osversion}",
                where=where,
                hint=hint,
            )

    @contextmanager
    def open_tree(self, *, seen_as: str | None = None) -> Iterator[PortsTree]:
        """Open the tree with its overlays and saved options; NotFound if one is not there."""
        from portfake.ports.tree import PortsTree  # noqa: PLC0415  # start-up time

        with PortsTree(
            self.ports, overlays=self.overlays, options=self.port_dbdir, seen_as=seen_as
        ) as tree:
            yield tree

    def evaluator(
        self,
        tree: PortsTree,
        profile: Profile,
        *,
        mounts: Sequence[Mount] = (),
        environment: Mapping[str, str] | None = None,
    ) -> PortsEvaluator:
        """Return what evaluates the tree's ports for the target."""
        from portfake.ports.evaluation import PortsEvaluator  # noqa: PLC0415  # start-up time

        return PortsEvaluator(
            tree,
            profile,
            make_conf=self.make_conf,
            variables=self.variables,
            environment={**(environment or {}), **self.environment},
            mounts=mounts,
        )


def profile_of(request: TargetRequest) -> Profile:
    """Return the target of a verb that is about ports alone: as asked, else as a root says."""
    if request.root is None:
        return request.profile()
    from portfake.actions.opening import open_for_reading  # noqa: PLC0415  # start-up time
    from portfake.root.target import target_of  # noqa: PLC0415  # as above

    with open_for_reading(request.root) as root:
        return request.profile(target_of(root), where=request.root)
