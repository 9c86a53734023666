"""A plan in a folder: its packages and plan.json, to be reviewed, and done later or elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from portfake.errors import InputError, NotFound, Refused
from portfake.formats.json import dumps, plain
from portfake.install.candidate import Candidate
from portfake.install.plan import Plan
from portfake.install.planner import Policy
from portfake.install.scripts.outcome import UnknownScripts

__all__ = ["LoadedPlan", "check_same", "load_plan", "save_plan"]

_FILE = "plan.json"


@dataclass(frozen=True, slots=True)
class SavedPackage:
    """A package file of a saved plan, and what its port said beyond what a package holds."""

    file: str
    sha256: str
    automatic: bool
    conflicts: tuple[str, ...]
    foreign_allowed: tuple[str, ...]
    provenance: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What plan.json holds."""

    plan: Plan
    policy: Policy
    packages: tuple[SavedPackage, ...]


@dataclass(frozen=True, slots=True)
class LoadedPlan:
    """What was read of one."""

    folder: str
    said: Mapping[str, Any]
    """The plan as JSON."""
    policy: Policy
    packages: tuple[SavedPackage, ...]

    @property
    def files(self) -> list[str]:
        """The paths of the packages."""
        return [f"{self.folder}/{package.file}" for package in self.packages]

    def completed(self, candidate: Candidate) -> Candidate:
        """Return a candidate that was read of one of the files with what its port said."""
        for package in self.packages:
            if f"{self.folder}/{package.file}" == candidate.source.name:
                return replace(
                    candidate,
                    automatic=package.automatic,
                    conflicts=package.conflicts,
                    foreign_allowed=package.foreign_allowed,
                    provenance=package.provenance,
                )
        return candidate


def save_plan(
    folder: str, plan: Plan, candidates: Sequence[Candidate], policy: Policy, time: int | None
) -> None:
    """Write the packages and plan.json; the same plan gives the same bytes.

    `time` is that of the archives' entries (SOURCE_DATE_EPOCH), None for the files' own.
    """
    from portfake.actions.archives import Archives  # noqa: PLC0415  # start-up time

    archives = Archives(folder=folder, timestamp=time)
    saved = []
    for candidate in candidates:
        with candidate.open_payload() as payload:
            written = archives.write(candidate.manifest, payload)
        path = Path(written.path)
        saved.append(
            SavedPackage(
                file=path.name,
                sha256=_digest(path),
                automatic=candidate.automatic,
                conflicts=candidate.conflicts,
                foreign_allowed=candidate.foreign_allowed,
                provenance=candidate.provenance,
            )
        )
    text = dumps(SavedPlan(plan, policy, tuple(saved)), indent=1)
    Path(folder, _FILE).write_text(text + "\n", "ascii")


def load_plan(folder: str) -> LoadedPlan:
    """Read a saved plan; InputError where a package is not the one that was planned with."""
    path = Path(folder, _FILE)
    try:
        said = json.loads(path.read_text("ascii"))
        policy = Policy(
            **{
                **said["policy"],
                "allow_foreign": tuple(said["policy"]["allow_foreign"]),
                "unknown_scripts": UnknownScripts(said["policy"]["unknown_scripts"]),
            }
        )
        packages = tuple(
            SavedPackage(
                file=item["file"],
                sha256=item["sha256"],
                automatic=item["automatic"],
                conflicts=tuple(item["conflicts"]),
                foreign_allowed=tuple(item["foreign_allowed"]),
                provenance=item["provenance"],
            )
            for item in said["packages"]
        )
        plan = said["plan"]
    except FileNotFoundError as error:
        raise NotFound("there is no saved plan", where=str(path)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("this is no saved plan", where=str(path)) from error
    for package in packages:
        if "/" in package.file or _digest(Path(folder, package.file)) != package.sha256:
            raise InputError(
                "it is not the package that was planned with", where=f"{folder}/{package.file}"
            )
    return LoadedPlan(folder, plan, policy, packages)


def check_same(loaded: LoadedPlan, now: Plan) -> None:
    """Raise Refused with every difference if the plan comes out otherwise now.

    Where the packages came from does not count, nor the name of the root, nor notes.
    """
    wanted, found = (_comparable(plan) for plan in (loaded.said, plain(now)))
    differences = list(_differences("plan", wanted, found))
    if differences:
        raise Refused(
            f"the plan comes out otherwise now: {'; '.join(differences[:20])}"
            + (f"; and {len(differences) - 20} more" if len(differences) > 20 else ""),
            where=f"{loaded.folder}/{_FILE}",
            hint="the root has changed since; plan again",
        )


def _comparable(plan: Mapping[str, Any]) -> Mapping[str, Any]:
    packages = [
        {key: value for key, value in package.items() if key != "source"}
        for package in plan["packages"]
    ]
    kept = {key: value for key, value in plan.items() if key not in {"root", "notes"}}
    return {**kept, "packages": packages}


def _differences(where: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _differences(f"{where}.{key}", old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        for number, (one, other) in enumerate(zip(old, new, strict=False)):
            yield from _differences(f"{where}[{number}]", one, other)
        for item in old[len(new) :]:
            yield f"{where} no longer has {_short(item)}"
        for item in new[len(old) :]:
            yield f"{where} has {_short(item)} too"
    elif old != new:
        yield f"{where} was {_short(old)}, is {_short(new)}"


def _short(value: object) -> str:
    if isinstance(value, Mapping) and "path" in value:
        return f"{value.get('kind', '')} {value['path']}".strip()
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise NotFound("a package of the plan is missing", where=str(path)) from error
