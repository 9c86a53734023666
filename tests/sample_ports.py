"""The ports of the sample tree, and how portfake stages one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from portfake.actions.request import TargetRequest
from portfake.packages.staged import StagedPackage
from portfake.ports.dependencies import run_dependencies
from portfake.ports.evaluation import PortsEvaluator
from portfake.stage.native import STAGE_ENVIRONMENT, NativeStager
from portfake.stage.packaging import package
from portfake.stage.staged import Staged
from portfake.stage.workspace import PORTS, open_workspace

FIXTURES = Path(__file__).parent / "fixtures"
TREE = FIXTURES / "ports"
DISTFILES = FIXTURES / "distfiles"
CLOCK = 1_750_000_000
ABI, OSVERSION = "FreeBSD:14:amd64", 1400097
"""The target of tests/bmake_judge.py."""


@dataclass(frozen=True, slots=True)
class Case:
    """A port in one of its forms."""

    origin: str
    flavor: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Variables as on make's command line."""

    def __str__(self) -> str:
        changes = "".join(f",{variable}={value}" for variable, value in self.settings.items())
        return self.full_origin + changes

    @property
    def full_origin(self) -> str:
        return self.origin + (f"@{self.flavor}" if self.flavor else "")


NATIVE = [
    Case("dns/hostwatch"),
    Case("editors/jotter"),
    Case("editors/jotter", "nox"),
    Case("games/dungeon-maps", settings={"LICENSES_ACCEPTED": "MAPMAKER"}),
    Case("mail/postbox"),
    Case("misc/demo-desk"),
    Case("misc/fieldguide"),
    Case("misc/fieldguide", settings={"WITHOUT": "DOCS EXAMPLES"}),
    Case("net/gopherhole", settings={"TRYBROKEN": "yes"}),
    Case("net/imds-get"),
    Case("security/rot13d", settings={"NO_IGNORE": "yes"}),
    Case("sysutils/ec2-demo"),
    Case("sysutils/logsieve"),
    Case("textproc/notes"),
    Case("textproc/notes", settings={"WITH": "SEARCH SINGLE", "WITHOUT": "FOLDER"}),
    Case("textproc/notes", settings={"textproc_notes_UNSET": "COLOR DOCS"}),
    Case("textproc/notes-lite"),
]
"""What portfake stages: ports with NO_BUILD."""

COMPILED = [Case("sysutils/disk-id")]


def request(
    *,
    ports: Path = TREE,
    overlays: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    abi: str = ABI,
) -> TargetRequest:
    """The target of the judges, over the sample tree or another."""
    return TargetRequest(
        ports=str(ports),
        overlays=overlays,
        abi=abi,
        distdir=str(DISTFILES),
        variables=dict(variables or {}),
    )


@contextmanager
def evaluator_of(target: TargetRequest) -> Iterator[PortsEvaluator]:
    """Evaluate where the tree really lies, as bmake does."""
    with target.open_tree() as tree:
        yield target.evaluator(tree, target.profile())


@contextmanager
def staged(
    origin: str, target: TargetRequest | None = None
) -> Iterator[tuple[Staged, StagedPackage]]:
    """Stage a port and make its package; both are gone with the block."""
    target = target or request()
    profile = target.profile()
    with (
        target.open_tree(seen_as=PORTS) as tree,
        open_workspace(target.distdir or "") as workspace,
    ):
        evaluator = target.evaluator(
            tree, profile, mounts=workspace.mounts, environment=STAGE_ENVIRONMENT
        )
        stager = NativeStager(evaluator, workspace, clock=CLOCK)
        result = stager.stage(tree.find(origin))
        needed = run_dependencies(result.port, profile, evaluator.port)
        yield result, package(result, needed.records, profile, latest=CLOCK)
