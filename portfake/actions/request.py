"""What a caller says of the target, and the tree and evaluator that follow from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from portfake.errors import UsageError
from portfake.model.abi import Abi
from portfake.ports.evaluation import PortsEvaluator
from portfake.ports.profile import Profile
from portfake.ports.tree import PortsTree
from portfake.root.mounts import Mount

__all__ = ["TargetRequest"]


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
    variables: Mapping[str, str] = field(default_factory=dict)
    """As on make's command line."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The part of the caller's environment that the framework may see."""

    def profile(self, found: tuple[Abi, int] | None = None) -> Profile:
        """Return the target: what was asked for, else what was `found` in a root."""
        if self.abi is not None:
            return Profile.compose(Abi.parse(self.abi), self.osversion)
        if found is None:
            raise UsageError(
                "the target is not known", hint="say it with --abi, such as FreeBSD:14:aarch64"
            )
        abi, osversion = found
        return Profile.compose(abi, self.osversion or osversion)

    def asked(self) -> tuple[Abi, int] | None:
        """Return the target that was asked for, None if the root is to say it."""
        if self.abi is None:
            return None
        profile = self.profile()
        return profile.abi, profile.osversion

    @contextmanager
    def open_tree(self, *, seen_as: str | None = None) -> Iterator[PortsTree]:
        """Open the tree with its overlays; NotFound if it is none."""
        with PortsTree(self.ports, overlays=self.overlays, seen_as=seen_as) as tree:
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
        return PortsEvaluator(
            tree,
            profile,
            make_conf=self.make_conf,
            variables=self.variables,
            environment={**(environment or {}), **self.environment},
            mounts=mounts,
        )
