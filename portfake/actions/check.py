"""`check`: images against what they record, and against what a system needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portfake.actions.garbage import without_collector
from portfake.actions.opening import open_for_reading
from portfake.audit.baseline import Baseline
from portfake.audit.registry import RULES, needs_of
from portfake.audit.report import Report, report
from portfake.audit.rule import Rule
from portfake.audit.survey import survey
from portfake.errors import NotFound, PortfakeError, SystemFailure
from portfake.formats.passwd import Group, User, parse_group, parse_master_passwd

__all__ = ["CheckRequest", "check", "check_all", "read_registered_ids"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """What is looked for, in every image alike."""

    rules: tuple[Rule, ...] = RULES
    cross_devices: bool = True
    """Whether folders that other file systems are mounted on are entered."""
    registered_ids: Mapping[str, Mapping[str, int]] | None = None
    """See `read_registered_ids`."""
    known: Baseline = frozenset()


def check(directory: str, request: CheckRequest, *, jobs: int = 1) -> Report:
    """Look at one image, changing nothing; raises PortfakeError where it cannot be looked at."""
    with open_for_reading(directory) as root, without_collector():
        inventory = survey(
            root,
            needs_of(request.rules),
            jobs=jobs,
            # The running system's other file systems are devices and processes too.
            cross_devices=request.cross_devices and not root.is_running_system(),
            registered_ids=request.registered_ids,
        )
    return report(inventory, request.rules, request.known)


def check_all(
    directories: Sequence[str], request: CheckRequest, *, jobs: int = 1
) -> Iterator[Report | PortfakeError]:
    """Yield the reports in order, an error in place of one that could not be made.

    Worker processes share the images if there are several, else the files of the one.
    """
    if len(directories) == 1 or jobs <= 1:
        for directory in directories:
            yield _report_or_error(directory, request, jobs)
        return
    from concurrent.futures import (  # noqa: PLC0415  # start-up time
        BrokenExecutor,
        ProcessPoolExecutor,
    )
    from multiprocessing import get_context  # noqa: PLC0415  # as above

    global _request  # noqa: PLW0603 - workers are forks that find it there; rules do not travel
    _request = request
    with ProcessPoolExecutor(min(jobs, len(directories)), mp_context=get_context("fork")) as pool:
        for directory, future in [(each, pool.submit(_checked, each)) for each in directories]:
            try:
                yield future.result()
            except BrokenExecutor:
                yield SystemFailure("a worker process died", where=directory)


def _report_or_error(directory: str, request: CheckRequest, jobs: int) -> Report | PortfakeError:
    try:
        return check(directory, request, jobs=jobs)
    except PortfakeError as error:
        return error
    except OSError as error:
        return SystemFailure(error.strerror or str(error), where=error.filename or directory)


_request: CheckRequest


def _checked(directory: str) -> Report | PortfakeError:
    return _report_or_error(directory, _request, 1)


def read_registered_ids(ports: str) -> Mapping[str, Mapping[str, int]]:
    """Return ``users`` and ``groups`` -> name -> id of a ports tree's UIDs and GIDs.

    Raises NotFound without the two files, InputError for bad lines.
    """
    users = parse_master_passwd(_text(ports, "UIDs"), f"{ports}/UIDs")
    groups = parse_group(_text(ports, "GIDs"), f"{ports}/GIDs")
    return {
        "users": {user.name: user.uid for user in users if isinstance(user, User)},
        "groups": {group.name: group.gid for group in groups if isinstance(group, Group)},
    }


def _text(ports: str, name: str) -> str:
    path = Path(ports) / name
    try:
        return path.read_text("utf-8", "surrogateescape")
    except OSError as error:
        raise NotFound(f"cannot be read: {error.strerror}", where=str(path)) from None
