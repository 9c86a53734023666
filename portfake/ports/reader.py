"""From make's variables to a Port: one table, and nothing but strings before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from portfake.errors import InputError, Place
from portfake.model.origin import Origin
from portfake.model.port import DependencyKind, Port, PortDependency, Subpackage
from portfake.ports.dependencies import parse_dependencies

__all__ = ["Variables", "read_port"]


class Variables(Protocol):
    """What an evaluation offers here: the expanded value of a variable or of a text."""

    def value(self, name: str) -> str | None:
        """Return a variable's expanded value, None if it is undefined."""

    def expand(self, text: str) -> str:
        """Return the text with every expression in it expanded."""


def _text(value: str) -> str:
    return value.strip()


def _words(value: str) -> tuple[str, ...]:
    return tuple(value.split())


def _unique(value: str) -> tuple[str, ...]:
    """`:u` in the framework drops neighbours that repeat, and keeps the order."""
    words = value.split()
    return tuple(word for at, word in enumerate(words) if at == 0 or words[at - 1] != word)


# Port's field -> make's variable, and how its text is read.
_FIELDS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "name": ("PKGBASE", _text),
    "version": ("PKGVERSION", _text),
    "comment": ("COMMENT", _text),
    "maintainer": ("MAINTAINER", _text),
    "www": ("WWW", _words),
    "prefix": ("PREFIX", _text),
    "categories": ("CATEGORIES", _unique),
    "licenses": ("LICENSE", _words),
    "license_logic": ("LICENSE_COMB", _text),
    "users": ("USERS", _unique),
    "groups": ("GROUPS", _unique),
    "flavors": ("FLAVORS", _words),
    "uses": ("USES", _words),
    "deprecated": ("DEPRECATED", _text),
    "expiration_date": ("EXPIRATION_DATE", _text),
}
_REQUIRED = ("name", "version", "prefix", "categories")


def read_port(origin: Origin, variables: Variables, where: Place) -> Port:
    """Return the evaluated port; raises InputError where the framework left out what every has."""
    values = {
        field: convert(variables.value(variable) or "")
        for field, (variable, convert) in _FIELDS.items()
    }
    missing = [_FIELDS[field][0] for field in _REQUIRED if not values[field]]
    if missing:
        raise InputError(f"the port leaves {' '.join(missing)} empty", where=where)
    return Port(
        origin=Origin(*_origin_fields(origin, variables)),
        options=_options(variables),
        ignore=_ignore(variables),
        dependencies={kind: _dependencies(kind, "", variables, where) for kind in DependencyKind},
        distfiles=_distfiles(variables),
        no_arch=variables.value("NO_ARCH") is not None,
        no_build=variables.value("NO_BUILD") is not None,
        foreign_payload=_foreign_payload(variables),
        conflicts_install=_words(
            f"{variables.value('CONFLICTS') or ''} {variables.value('CONFLICTS_INSTALL') or ''}"
        ),
        self_depends=_self_depends(values["name"], "", variables),
        subpackages=tuple(_subpackages(values["name"], variables, where)),
        **values,
    )


def _dependencies(
    kind: DependencyKind, suffix: str, variables: Variables, where: Place
) -> tuple[PortDependency, ...]:
    name = f"{kind.value}_DEPENDS{suffix}"
    return parse_dependencies(variables.value(name) or "", name, where)


def _subpackages(base: str, variables: Variables, where: Place) -> Iterator[Subpackage]:
    """Newer trees list the names of all packages in _PKGS, the main one among them."""
    for name in _words(variables.value("_PKGS") or ""):
        suffix = _text(variables.value(f"_SP.{name}") or "")
        if name == base or not suffix:
            continue
        yield Subpackage(
            word=suffix.removeprefix("."),
            name=name,
            dependencies={
                kind: _dependencies(kind, suffix, variables, where)
                for kind in (DependencyKind.LIB, DependencyKind.RUN)
            },
            self_depends=_self_depends(base, suffix, variables),
        )


def _self_depends(base: str, suffix: str, variables: Variables) -> tuple[str, ...]:
    """Mk/bsd.port.mk, ACTUAL-PACKAGE-DEPENDS: ``main`` is the port's own package."""
    words = _words(variables.value(f"SELF_DEPENDS{suffix}") or "")
    return tuple(base if word == "main" else f"{base}-{word}" for word in words)


def _origin_fields(origin: Origin, variables: Variables) -> tuple[str, str, str]:
    """PKGORIGIN may differ from the folder asked for (a category's own view of it)."""
    recorded = variables.value("PKGORIGIN") or origin.path
    category, _, name = recorded.partition("/")
    return category, name, variables.value("FLAVOR") or origin.flavor


def _ignore(variables: Variables) -> str:
    """Mk/bsd.port.mk: NO_IGNORE keeps the variable and takes its effect."""
    if variables.value("NO_IGNORE") is not None:
        return ""
    return _text(variables.value("IGNORE") or "")


def _foreign_payload(variables: Variables) -> tuple[str, ...]:
    """Mk/Scripts/qa.sh, no_arch: NO_ARCH_IGNORE's words are ends of paths."""
    checks = (variables.value("QA_ENV") or "").split()
    if any(word.partition("=")[0] == "IGNORE_QA_no_arch" for word in checks):
        return ("*",)
    return tuple(f"*{word}" for word in (variables.value("NO_ARCH_IGNORE") or "").split())


def _options(variables: Variables) -> dict[str, bool]:
    selected = set((variables.value("PORT_OPTIONS") or "").split())
    every = (variables.value("COMPLETE_OPTIONS_LIST") or "").split()
    return {option: option in selected for option in every}


def _distfiles(variables: Variables) -> tuple[str, ...]:
    """The words of DISTFILES and PATCHFILES without groups (`:a,b`) and strip levels (`:-p1`)."""
    subdir = variables.value("DIST_SUBDIR")
    words = f"{variables.value('DISTFILES') or ''} {variables.value('PATCHFILES') or ''}".split()
    names = dict.fromkeys(word.partition(":")[0] for word in words)
    return tuple(f"{subdir}/{name}" if subdir else name for name in names)
