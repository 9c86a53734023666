"""What can be asked of a package: single values, and lists of items with parts.

Two notations name them, pkg-query(8)'s (portfake.pkgdb.query.line) and pkg_printf(3)'s
(portfake.pkgdb.query.printf); their tables refer to these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portfake.formats.message import messages_to_text
from portfake.model.attributes import flag_names
from portfake.model.manifest import LicenseLogic, Message, MessageType
from portfake.pkgdb.query.subject import Subject

__all__ = ["LISTS", "SCALARS", "Items", "Mode", "Part", "Value", "human", "message_text"]


class Mode(int):
    """Permissions, shown in octal."""


Value = str | int | bool | Mode | LicenseLogic | None
Part = Callable[[Any], Value]


@dataclass(frozen=True, slots=True)
class Items:
    """A list: its items in order, and what each of them has, by the words of a notation."""

    of: Callable[[Subject], Sequence[Any]]
    parts: Mapping[str, Part]


SCALARS: Mapping[str, Callable[[Subject], Value]] = {
    "name": lambda subject: subject.manifest.name,
    "version": lambda subject: subject.manifest.version,
    "origin": lambda subject: subject.manifest.origin,
    "prefix": lambda subject: subject.manifest.prefix,
    "maintainer": lambda subject: subject.manifest.maintainer,
    "comment": lambda subject: subject.manifest.comment,
    "desc": lambda subject: subject.manifest.desc,
    "www": lambda subject: subject.manifest.www,
    "abi": lambda subject: subject.manifest.abi,
    "arch": lambda subject: subject.manifest.arch,
    "licenselogic": lambda subject: subject.manifest.licenselogic or LicenseLogic.SINGLE,
    "flatsize": lambda subject: subject.manifest.flatsize,
    "automatic": lambda subject: subject.package.automatic,
    "locked": lambda subject: subject.package.locked,
    "vital": lambda subject: subject.manifest.vital,
    "time": lambda subject: subject.package.time or 0,
    "digest": lambda subject: subject.package.digest or "",
    "repository": lambda subject: subject.manifest.annotations.get(
        "repository", "unknown-repository"
    ),
    "message": lambda subject: messages_to_text(subject.manifest.messages),
}
"""Value -> how to find it."""


def _itself(item: str) -> str:
    return item


_DEPENDENCY: Mapping[str, Part] = {
    "name": lambda dep: dep.name,
    "origin": lambda dep: dep.origin,
    "version": lambda dep: dep.version,
    "locked": lambda dep: False,
}
_ENTRY: Mapping[str, Part] = {
    "name": lambda entry: entry.path,
    "user": lambda entry: entry.owner or "",
    "group": lambda entry: entry.group or "",
    "mode": lambda entry: Mode(entry.mode or 0),
    "flags": lambda entry: flag_names(entry.flags) or "-",
}
_FILE: Mapping[str, Part] = {
    **_ENTRY,
    "sum": lambda file: file.sum or "",
    "target": lambda file: file.target or "",
    "time": lambda file: file.mtime or 0,
}
_PAIR: Mapping[str, Part] = {"name": lambda pair: pair[0], "value": lambda pair: pair[1]}
_NAME: Mapping[str, Part] = {"name": _itself}

LISTS: Mapping[str, Items] = {
    "deps": Items(lambda subject: subject.deps, _DEPENDENCY),
    "required_by": Items(lambda subject: subject.required_by, _DEPENDENCY),
    "categories": Items(lambda subject: subject.manifest.categories, _NAME),
    "files": Items(lambda subject: subject.manifest.files, _FILE),
    "directories": Items(lambda subject: subject.manifest.directories, _ENTRY),
    "options": Items(lambda subject: tuple(subject.manifest.options.items()), _PAIR),
    "annotations": Items(lambda subject: tuple(subject.manifest.annotations.items()), _PAIR),
    # pkg reads all licences of a database as one text, and none as an empty one.
    "licenses": Items(
        lambda subject: (subject.licenses,) if subject.installed else subject.manifest.licenses,
        _NAME,
    ),
    "users": Items(lambda subject: subject.manifest.users, _NAME),
    "groups": Items(lambda subject: subject.manifest.groups, _NAME),
    "shlibs_required": Items(lambda subject: subject.manifest.shlibs_required, _NAME),
    "shlibs_provided": Items(lambda subject: subject.manifest.shlibs_provided, _NAME),
    "provides": Items(lambda subject: subject.manifest.provides, _NAME),
    "requires": Items(lambda subject: subject.manifest.requires, _NAME),
}
"""List -> its items."""


def human(number: int, *, width: int = 0, binary: bool = True) -> str:
    """A number in the range 1 to 1024 (or 1000) with its scale, as `pkg info -s` shows sizes.

    At most three digits, fewer where `width` leaves no room (libpkg/pkg_printf.c,
    human_number()).
    """
    scales = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei") if binary else tuple(" kMGTPE")
    divisor = 1024 if binary else 1000
    amount = float(abs(number))
    scale = 0
    while amount >= divisor and scale < len(scales) - 1:
        amount /= divisor
        scale += 1
    suffix = scales[scale].strip()
    room = max(width - len(suffix), 1) if width else 0
    if amount >= 100:
        precision = 0
    elif amount >= 10:
        precision = 1 if room == 0 or room > 3 else 0
    elif room == 0 or room > 3:
        precision = 2
    else:
        precision = 1 if room == 3 else 0
    signed = -amount if number < 0 else amount
    return f"{signed:{room or ''}.{precision}f}{suffix}"


_HEADINGS = {
    None: "Always",
    MessageType.INSTALL: "On install",
    MessageType.REMOVE: "On remove",
    MessageType.UPGRADE: "On upgrade",
}


def message_text(subject: Subject) -> str:
    """The messages for a reader, each under a line that says when it is shown."""
    return "\n".join(
        f"{_heading(message, subject.manifest.name)}:\n{message.text}\n"
        for message in subject.manifest.messages
    )


def _heading(message: Message, name: str) -> str:
    bounds = f">{message.minimum_version}" if message.minimum_version else ""
    bounds += f"<{message.maximum_version}" if message.maximum_version else ""
    return _HEADINGS[message.type] + (f" from {name}{bounds}" if bounds else "")
