"""A package in words, as `pkg info` shows it: views, each alone or several under labels."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto

from portfake.formats.manifest import to_fields
from portfake.formats.ucl_writer import Layout, emit
from portfake.model.manifest import Dependency
from portfake.pkgdb.query.subject import Neighbours, Subject
from portfake.pkgdb.query.values import human, message_text

__all__ = ["FULL", "View", "package_lines", "raw_text"]


class View(Enum):
    """What there is to see, in the order in which it is shown."""

    NAME = auto()
    VERSION = auto()
    INSTALLED = auto()
    ORIGIN = auto()
    ABI = auto()
    PREFIX = auto()
    CATEGORIES = auto()
    LICENSES = auto()
    MAINTAINER = auto()
    WWW = auto()
    COMMENT = auto()
    OPTIONS = auto()
    SHLIBS_REQUIRED = auto()
    SHLIBS_PROVIDED = auto()
    ANNOTATIONS = auto()
    FLATSIZE = auto()
    DESCRIPTION = auto()
    PROVIDES = auto()
    REQUIRES = auto()
    MESSAGE = auto()
    DEPS = auto()
    REQUIRED_BY = auto()
    FILES = auto()
    LOCKED = auto()


_NOT_IN_FULL = (View.MESSAGE, View.DEPS, View.REQUIRED_BY, View.FILES, View.LOCKED)
FULL = tuple(view for view in View if view not in _NOT_IN_FULL)
"""What `pkg info NAME` shows."""

_LABEL_WIDTH = 15
_COLUMN = 31
"""Where a single value stands behind the package's name."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """A view of many lines, indented unless quiet; None of its texts at all leaves no label."""

    label: str
    lines: Callable[[Subject], list[str]]
    indent: str = "\t"
    always: bool = False


def _licenses(subject: Subject) -> str:
    if subject.installed:
        return subject.licenses
    logic = subject.manifest.licenselogic
    return f" {logic.value if logic else 'single'} ".join(subject.manifest.licenses)


def _message(subject: Subject) -> list[str]:
    text = message_text(subject)
    return text.split("\n") if text else []


_LINES: Mapping[View, tuple[str, Callable[[Subject], str]]] = {
    View.NAME: ("Name", lambda subject: subject.manifest.name),
    View.VERSION: ("Version", lambda subject: subject.manifest.version),
    View.INSTALLED: ("Installed on", lambda subject: _date(subject.package.time or 0)),
    View.ORIGIN: ("Origin", lambda subject: subject.manifest.origin),
    View.ABI: ("Architecture", lambda subject: subject.manifest.abi),
    View.PREFIX: ("Prefix", lambda subject: subject.manifest.prefix),
    View.CATEGORIES: ("Categories", lambda subject: " ".join(subject.manifest.categories)),
    View.LICENSES: ("Licenses", _licenses),
    View.MAINTAINER: ("Maintainer", lambda subject: subject.manifest.maintainer),
    View.WWW: ("WWW", lambda subject: subject.manifest.www),
    View.COMMENT: ("Comment", lambda subject: subject.manifest.comment),
    View.FLATSIZE: ("Flat size", lambda subject: f"{human(subject.manifest.flatsize)}B"),
    View.LOCKED: ("Locked", lambda subject: "yes" if subject.package.locked else "no"),
}
_LISTS: Mapping[View, _Listed] = {
    View.OPTIONS: _Listed("Options", lambda subject: _pairs(subject.manifest.options)),
    View.SHLIBS_REQUIRED: _Listed(
        "Shared Libs required", lambda subject: list(subject.manifest.shlibs_required)
    ),
    View.SHLIBS_PROVIDED: _Listed(
        "Shared Libs provided", lambda subject: list(subject.manifest.shlibs_provided)
    ),
    View.ANNOTATIONS: _Listed(
        "Annotations", lambda subject: _pairs(subject.manifest.annotations), always=True
    ),
    View.DESCRIPTION: _Listed(
        "Description", lambda subject: subject.manifest.desc.split("\n"), "", always=True
    ),
    View.PROVIDES: _Listed("Provides", lambda subject: list(subject.manifest.provides)),
    View.REQUIRES: _Listed("Requires", lambda subject: list(subject.manifest.requires)),
    View.MESSAGE: _Listed("Message", _message, "", always=True),
    View.DEPS: _Listed("Depends on", lambda subject: _full_names(subject.deps)),
    View.REQUIRED_BY: _Listed("Required by", lambda subject: _full_names(subject.required_by)),
    View.FILES: _Listed("Files", lambda subject: [file.path for file in subject.manifest.files]),
}


def package_lines(
    subject: Subject, views: tuple[View, ...], neighbours: Neighbours | None, *, quiet: bool = False
) -> Iterator[str]:
    """Yield the lines: the full name, and the views, under labels if there are several.

    A single view of one line follows the name in its line. `quiet` leaves out name and indent.
    """
    name = subject.manifest.full_name
    if not views:
        yield from () if quiet else (name,)
    elif len(views) == 1 and views[0] in _LINES:
        value = _LINES[views[0]][1](subject)
        yield value if quiet else f"{name:<{_COLUMN - 1}} {value}"
    elif len(views) == 1:
        if not quiet:
            yield f"{name}:"
        yield from _listed(subject, views[0], neighbours, labelled=False, quiet=quiet)
    else:
        if not quiet:
            yield name
        for view in views:
            yield from _labelled(subject, view, neighbours, quiet=quiet)


def _labelled(
    subject: Subject, view: View, neighbours: Neighbours | None, *, quiet: bool
) -> Iterator[str]:
    if view in _LISTS:
        yield from _listed(subject, view, neighbours, labelled=True, quiet=quiet)
    elif view is not View.INSTALLED or subject.installed:
        label, value = _LINES[view]
        yield f"{label:<{_LABEL_WIDTH}}: {value(subject)}"


def _listed(
    subject: Subject, view: View, neighbours: Neighbours | None, *, labelled: bool, quiet: bool
) -> Iterator[str]:
    listed = _LISTS[view]
    lines = listed.lines(subject)
    if labelled and (lines or listed.always):
        yield f"{listed.label:<{_LABEL_WIDTH}}:"
    yield from (line if quiet else f"{listed.indent}{line}" for line in lines)
    if neighbours is not None:
        yield from _through(subject, view, neighbours, labelled=labelled)


def _through(
    subject: Subject, view: View, neighbours: Neighbours, *, labelled: bool
) -> Iterator[str]:
    """Packages that are bound to this one by a library or a capability, whichever it is."""
    manifest = subject.manifest
    if view is View.DEPS:
        groups = (
            ("Shared library requirements", manifest.shlibs_required, neighbours.shlib_providers),
            ("Requirements", manifest.requires, neighbours.providers),
        )
    elif view is View.REQUIRED_BY:
        groups = (
            ("Shared library provided", manifest.shlibs_provided, neighbours.shlib_requirers),
            ("Provides", manifest.provides, neighbours.requirers),
        )
    else:
        return
    for label, names, found in groups:
        if labelled and names:
            yield f"{label:<{_LABEL_WIDTH}}:"
        for name in names:
            yield from (f"\t{other.name}-{other.version} ({name})" for other in found.get(name, ()))


def _full_names(dependencies: tuple[Dependency, ...]) -> list[str]:
    return [f"{dependency.name}-{dependency.version}" for dependency in dependencies]


def _pairs(pairs: Mapping[str, str]) -> list[str]:
    return [f"{key:<{_LABEL_WIDTH}}: {value}" for key, value in pairs.items()]


def _date(seconds: int) -> str:
    return time.strftime("%a %b %e %H:%M:%S %Y %Z", time.localtime(seconds))


def raw_text(subject: Subject, layout: Layout) -> str:
    """The manifest; of an installed package as pkg reads it back from its database."""
    manifest = replace(subject.manifest, deps=subject.deps)
    if not subject.installed:
        return emit(to_fields(manifest), layout)
    manifest = replace(
        manifest,
        licenses=(subject.licenses,),
        shlibs_required_ignore=(),
        shlibs_provided_ignore=(),
    )
    return emit(to_fields(manifest, time=subject.package.time or 0), layout)
