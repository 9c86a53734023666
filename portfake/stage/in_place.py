"""The union of 2012, literally: the image's own folders over the live host's, `make install` there.

What the rules promise of everything else cannot be promised of it: the port's recipes run on the
host itself, pkg(8) writes the record, and what is half done when it is killed stays half done.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from portfake.errors import InputError, PortfakeError, Refused, Unavailable
from portfake.host.mounting import Argv, Mounter, Mounting, Shows
from portfake.model.abi import Abi
from portfake.model.entry import Entry, EntryType, Listing, compare
from portfake.model.payload import Reader
from portfake.packages.machine_code import survey
from portfake.ports.evaluation import EvaluatedPort
from portfake.root.confined import Root
from portfake.stage.output import Lines

__all__ = [
    "UNITED",
    "differences",
    "host_changes",
    "install_in_place",
    "listing_of",
    "mountings_of",
    "shadowing",
]

UNITED: Final = ("/usr/local", "/var/db/pkg")
"""The image's folders that lie over the host's."""
_SCRIPTS: Final = (
    *("PKGINSTALL", "PKGPREINSTALL", "PKGPOSTINSTALL"),
    *("PKGDEINSTALL", "PKGPREDEINSTALL", "PKGPOSTDEINSTALL"),
)
_RUN: Final = ("@exec", "@preexec", "@postexec", "@unexec", "@preunexec", "@postunexec", "@shell")


def shadowing(root: Root, host: tuple[Abi, int] | None) -> Iterator[PortfakeError]:
    """Yield a refusal for the first program of the image that the host could not run.

    United over the host's, such a program would be found in place of the host's own.
    """
    for found in survey(_programs(root)).machine_code:
        if not found.executable or found.archived:
            continue
        version = found.elf.freebsd_version or 0
        ours = host is not None and found.cpu == host[0].cpu and version <= host[1]
        if not ours:
            machine = f"{host[0]} ({host[1]})" if host else "no FreeBSD"
            yield Refused(
                f"{found.path} is for {found.system or 'another system'} on {found.cpu}, and would "
                f"lie over this host's own programs, which is {machine}",
                where=root.directory,
                hint="leave --in-place out: then nothing of the image is in view",
            )
            return


def _programs(root: Root) -> Iterator[tuple[Entry, Reader | None]]:
    if root.stat(UNITED[0]) is None:
        return
    for entry in root.walk(UNITED[0]).values():
        if entry.type is EntryType.FILE and (entry.mode or 0) & 0o111:
            with root.open(entry.path) as content:
                yield entry, content


def host_changes(evaluated: EvaluatedPort, read: Callable[[str], str | None]) -> Iterator[str]:
    """Yield what of a port would act on the live host's /etc; `read` gives a file's text."""
    port, evaluation = evaluated.port, evaluated.evaluation
    if port.users or port.groups:
        yield f"it makes accounts ({' '.join(dict.fromkeys((*port.users, *port.groups)))})"
    for name in _SCRIPTS:
        for path in (evaluation.value(name) or "").split():
            if read(path) is not None:
                yield f"it has a script ({path})"
    lists = (evaluation.value("PLIST") or "").split()
    lines = [line for path in lists for line in (read(path) or "").splitlines()]
    for line in (*lines, *(evaluation.value("PLIST_FILES") or "").replace('"', "").split()):
        word = line.partition(" ")[0].partition("(")[0]
        if word in _RUN:
            yield f"its packing list has {word}"


def mountings_of(image: str, scratch: str) -> tuple[Mounting, ...]:
    """Return the unions: the image's folders take the changes, the host's lie below.

    `image` is the root's own path; Refused where a link of the image would lead out of it.
    """
    image = os.path.realpath(image)
    found = []
    for number, folder in enumerate(UNITED):
        source = image + folder
        if os.path.realpath(source) != source:
            raise Refused(f"{folder} is a link, and may lead out of the image", where=image)
        work = f"{scratch}/{number}"
        os.mkdir(work)  # noqa: PTH102  # a name, as everything here
        found.append(Mounting(Shows.UNION, source, folder, lower=folder, work=work))
    return tuple(found)


def install_in_place(
    mounter: Mounter,
    mountings: Sequence[Mounting],
    command: Argv,
    *,
    announce: Callable[[Mounting], object],
    progress: Callable[[str], None],
) -> None:
    """Run an install on the live host while the unions are there.

    Raises Unavailable where they cannot be made, InputError with make's last words.
    """
    obstacles = mounter.obstacles(mountings)
    if obstacles:
        raise Unavailable("; ".join(obstacles))
    heard = Lines(progress)
    ended = mounter.run(mountings, command, "/", announce=announce, sink=heard.hear)
    heard.end()
    if ended.status != 0:
        raise InputError(f"make install ended with status {ended.status}", hint=heard.last or None)


def listing_of(root: Root) -> Listing:
    """Return what the image has below the folder that packages install into."""
    if root.stat(UNITED[0]) is None:
        return Listing()
    return root.walk(UNITED[0])


def differences(
    before: Listing,
    after: Listing,
    packaged: Iterable[str],
    host: Callable[[str], bool],
) -> Iterator[str]:
    """Yield every change of the image that its packages do not account for, in words.

    `packaged` are the files and folders that the image's records list, `host` tells what the
    host has.
    """
    listed = set(packaged)
    above = {path[:end] for path in listed for end, char in enumerate(path) if char == "/"}
    for change in compare(before, after, ignoring=("mtime", "size", "digest", "flags")):
        path, new = change.path, change.after
        if path in listed or (path in above and new is not None and not change.fields):
            continue
        if new is None:
            yield f"{path} is gone from the image"
        elif new.type is EntryType.CHARACTER_DEVICE:
            yield f"{path} of the host was removed; what marks that is in the image now"
        elif change.before is not None:
            yield f"{path} has another {', '.join(change.fields)}"
        elif new.type is EntryType.DIRECTORY and host(path):
            continue  # a union makes the folders above what changes
        elif host(path):
            yield f"{path} of the host was changed, and is in the image now"
        else:
            yield f"{path} is in the image, and of no package"
