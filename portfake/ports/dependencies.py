"""The words of *_DEPENDS variables, and which packages they stand for (spec/ports.md 7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from portfake.errors import InputError, NotFound, Place, Problems
from portfake.model.manifest import Dependency
from portfake.model.origin import Origin
from portfake.model.port import DependencyKind, Port, PortDependency
from portfake.ports.profile import Profile

__all__ = ["Needed", "parse_dependencies", "run_dependencies"]

# Mk/bsd.port.mk reads pattern:origin:target; the pattern itself never holds a colon.
_WORD = re.compile(r"(?P<pattern>[^:]+):(?P<origin>[^:]+)(?::(?P<target>[^:]+))?")
_BASE_COMMANDS = ("/bin/{}", "/sbin/{}", "/usr/bin/{}", "/usr/sbin/{}")
_BASE_LIBRARIES = ("/lib/{}", "/usr/lib/{}")


def parse_dependencies(text: str, variable: str, where: Place) -> tuple[PortDependency, ...]:
    """Return the words of one variable; raises one InputError for all that are malformed."""
    found: list[PortDependency] = []
    problems: list[InputError] = []
    for word in text.split():
        try:
            found.append(_parse_word(word))
        except InputError as error:
            problems.append(InputError(f"{variable}: {error.message}", where=where))
    Problems.check(problems)
    return tuple(found)


def _parse_word(word: str) -> PortDependency:
    match = _WORD.fullmatch(word)
    if match is None:
        raise InputError(f"{word!r} does not read pattern:origin[:target]")
    origin, _, subpackage = match["origin"].partition("~")
    return PortDependency(match["pattern"], Origin.parse(origin), match["target"] or "", subpackage)


@dataclass(frozen=True, slots=True)
class Needed:
    """What a port needs at run time, once it is known which packages that are."""

    ports: tuple[Port, ...]
    """The ports that the package depends on directly, by name."""
    in_base: tuple[PortDependency, ...]
    """Words that the base system satisfies, so that the package does not record them."""
    records: tuple[Dependency, ...]
    """The dependencies as the package's manifest holds them."""


def run_dependencies(port: Port, profile: Profile, evaluate: Callable[[Origin], Port]) -> Needed:
    """Return what LIB_DEPENDS and RUN_DEPENDS come to; `evaluate` gives the Port of an origin.

    Mk/Scripts/actual-package-depends.sh asks the installed packages; with none of them there,
    the port named by each word stands for its package. Raises NotFound for a word whose port is
    not in the tree.
    """
    wanted: dict[str, Port] = {}
    records = {name: Dependency(name, port.origin.path, port.version) for name in port.self_depends}
    in_base = []
    for dependency in _recorded(port):
        if _satisfied_by_base(dependency.pattern, profile):
            in_base.append(dependency)
            continue
        try:
            needed = evaluate(dependency.origin)
        except NotFound as error:
            message = f"{port.origin} needs {dependency.pattern}, but {error.message}"
            raise NotFound(message, where=error.where, hint=error.hint) from error
        wanted[needed.name] = needed
        name = _package_name(needed, dependency.subpackage)
        records[name] = Dependency(name, needed.origin.path, needed.version)
    return Needed(
        tuple(wanted[name] for name in sorted(wanted)),
        tuple(in_base),
        tuple(records[name] for name in sorted(records)),
    )


def _package_name(port: Port, subpackage: str) -> str:
    named = (part.name for part in port.subpackages if part.word == subpackage)
    return next(named, port.name)


def _recorded(port: Port) -> Iterator[PortDependency]:
    kinds: Iterable[DependencyKind] = (DependencyKind.LIB, DependencyKind.RUN)
    for kind in kinds:
        yield from port.dependencies.get(kind, ())


def _satisfied_by_base(pattern: str, profile: Profile) -> bool:
    if any(sign in pattern for sign in "<>="):
        return False
    if pattern.startswith("/"):
        return profile.has_program(pattern)
    if pattern.startswith("lib") and ".so" in pattern:
        return any(profile.exists(place.format(pattern)) for place in _BASE_LIBRARIES)
    return any(profile.has_program(place.format(pattern)) for place in _BASE_COMMANDS)
