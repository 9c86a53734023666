"""A port staged and made into packages, as candidates for a root."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

from portfake.actions.staging import Staging
from portfake.install.candidate import Candidate
from portfake.install.plan import Source
from portfake.model.payload import Payload
from portfake.model.port import Port
from portfake.packages.digest import manifest_digest
from portfake.ports.dependencies import Needed
from portfake.stage.packaging import package

__all__ = ["from_port"]


def from_port(
    port: Port,
    staging: Staging,
    needed_by: Callable[[Port], Needed],
    *,
    automatic: bool,
    latest: int,
) -> Iterator[tuple[Candidate, tuple[str, ...]]]:
    """Stage a port; yield its package and its subpackages with the notes of their making.

    No file is recorded as newer than `latest`.
    """
    main = staging.stager.stage(port.origin)
    provenance = _provenance(port, staging)
    for staged in (main, *main.subpackages):
        needed = needed_by(staged.port)
        made = package(staged, needed.records, staging.stager.profile, latest=latest)
        full_name = staged.port.full_name
        notes = (
            *(f"{full_name}: {note}" for note in made.notes),
            *(
                f"{full_name}: the base system has {dependency.pattern}, "
                f"so {dependency.origin} is not recorded"
                for dependency in needed.in_base
            ),
        )
        candidate = Candidate(
            manifest=made.manifest,
            digest=manifest_digest(made.manifest),
            source=Source("port", str(staged.port.origin), verified=True),
            open_payload=_opener(made.payload),
            code=made.code,
            foreign_allowed=staged.port.foreign_payload if staged.port.no_arch else (),
            automatic=automatic,
            conflicts=staged.port.conflicts_install,
            provenance=provenance,
        )
        yield candidate, notes


def _opener(payload: Payload) -> Callable[[], AbstractContextManager[Payload]]:
    return lambda: nullcontext(payload)


def _provenance(port: Port, staging: Staging) -> dict[str, str]:
    tree = staging.evaluator.tree
    commit = tree.commit()
    of_tree = {"portfake_tree": commit} if commit is not None else {}
    return {**of_tree, "portfake_inputs": tree.digest(port.origin)}
