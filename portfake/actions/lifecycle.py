"""What a ports tree says of installed packages: deprecated, forbidden, moved, newer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from portfake.actions.many import Question, answers, told
from portfake.actions.request import TargetRequest
from portfake.audit.subjects import Subject
from portfake.errors import NotFound, PortfakeError
from portfake.formats.moved import Moved, parse_moved
from portfake.model.origin import Origin
from portfake.model.port import Port
from portfake.model.version import PortVersion
from portfake.ports.evaluation import PortsEvaluator

__all__ = ["Lifecycle", "lifecycle"]

_SYSTEM = "base"
"""The origin of base and kernel, which no port is."""


State = Literal["deprecated", "expired", "not buildable", "moved", "removed", "newer", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """One thing that the tree says of a package."""

    kind: Literal["lifecycle"] = "lifecycle"
    package: str
    origin: str
    state: State
    message: str
    date: str | None = None


def lifecycle(
    subjects: Sequence[Subject], request: TargetRequest, *, today: str, jobs: int = 1
) -> Iterator[Lifecycle]:
    """Yield what the tree says of each package, evaluated for the request's target.

    Raises NotFound where there is no tree.
    """
    moved = _moved(request.ports)
    asked = [subject for subject in subjects if subject.origin and subject.origin != _SYSTEM]
    there = [subject for subject in asked if _exists(request, subject.origin)]
    for subject in asked:
        if subject not in there:
            yield from _gone(subject, moved)
    words = [_word(subject) for subject in there]
    states = answers(request, Question(_ask, _failed), words, jobs=jobs)
    for subject, state in zip(there, states, strict=True):
        yield from _living(subject, state, today)


def _word(subject: Subject) -> str:
    return f"{subject.origin}@{subject.flavor}" if subject.flavor else subject.origin


def _ask(evaluator: PortsEvaluator, origin: Origin) -> Port | str:
    return evaluator.port(origin)


def _failed(word: str, error: PortfakeError) -> Port | str:
    return told(error)


def _exists(request: TargetRequest, origin: str) -> bool:
    return any(
        (Path(tree) / origin / "Makefile").is_file() for tree in (request.ports, *request.overlays)
    )


def _moved(ports: str) -> Mapping[str, Moved]:
    path = Path(ports) / "MOVED"
    try:
        text = path.read_text("utf-8", "surrogateescape")
    except OSError as error:
        raise NotFound(f"cannot be read: {error.strerror}", where=str(path)) from None
    return {entry.old: entry for entry in parse_moved(text, str(path))}


def _gone(subject: Subject, moved: Mapping[str, Moved]) -> Iterator[Lifecycle]:
    entry = moved.get(_word(subject)) or moved.get(subject.origin)
    if entry is None:
        yield _state(subject, "unknown", "the tree has no such port")
    elif entry.new:
        yield _state(subject, "moved", f"is {entry.new} now: {entry.reason}", entry.date)
    else:
        yield _state(subject, "removed", entry.reason, entry.date)


def _living(subject: Subject, port: Port | str, today: str) -> Iterator[Lifecycle]:
    if isinstance(port, str):
        yield _state(subject, "unknown", port)
        return
    if port.deprecated:
        ends = port.expiration_date or None
        expired = ends is not None and ends <= today
        yield _state(subject, "expired" if expired else "deprecated", port.deprecated, ends)
    if port.ignore:
        yield _state(subject, "not buildable", port.ignore)
    if subject.version and PortVersion(subject.version) < PortVersion(port.version):
        yield _state(subject, "newer", f"the tree has {port.version}")


def _state(subject: Subject, state: State, message: str, date: str | None = None) -> Lifecycle:
    return Lifecycle(
        package=subject.full_name,
        origin=subject.origin,
        state=state,
        message=message,
        date=date,
    )
