"""A view of the host for an ordinary install: its programs to be used, nothing of it to be changed.

Of the host only what this table names is shown, read-only. Its /usr/local lies below a union whose
scratch takes every change; /etc is a copy; /var, /tmp and /root are empty. Nothing of an image is
there, so none of its programs can run.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from portfake.host.mounting import Mounting, Shows
from portfake.stage.workspace import DISTFILES, PORTS, WORK

__all__ = ["LOCALBASE", "SHARE_MK", "UNWATCHED", "HostView", "ViewRequest", "build_view"]

LOCALBASE: Final = "/usr/local"
SHARE_MK: Final = "/portfake/mk"
"""Where the view has portfake's own share/mk, for a make that is not FreeBSD's."""
_SHOWN: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libexec", "libx32", "rescue")
_USR_HIDDEN: Final = ("local", "ports", "src", "obj", "home", "tests")
_EMPTY: Final = (
    *("/dev", "/etc", "/root", "/tmp", "/usr"),  # noqa: S108  # a name in the view
    *("/var/db/pkg", "/var/cache", "/var/log", "/var/run", "/var/tmp"),  # noqa: S108
)
UNWATCHED: Final = (
    *(PORTS, WORK, DISTFILES, "/dev", "/proc", "/root", "/tmp"),  # noqa: S108  # in the view
    *("/var/db/pkg", "/var/cache", "/var/log", "/var/run", "/var/tmp"),  # noqa: S108
)
"""What an install may write to without any of it being meant for the image."""
_MAKE_CONF: Final = "/etc/make.conf"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRequest:
    """What a view is made of."""

    scratch: str
    """An empty folder of the host for all that the view needs."""
    work: str
    """The host's folder that is seen as WORK."""
    shown: Mapping[str, str]
    """Where the view has a folder -> the host's folder: the ports tree, overlays, options."""
    distdir: str | None = None
    """Distfiles, None for none."""
    fetch: bool = False
    """Whether distfiles may be added."""
    make_conf: str = ""
    """Text of the target's make.conf; the host's own is not shown."""
    share_mk: Mapping[str, str] = field(default_factory=dict)
    """Name -> text: make files of the base system, for a make that is not FreeBSD's."""


@dataclass(frozen=True, slots=True)
class HostView:
    """A view, before its mounts are made."""

    folder: str
    """The root of the command that will run in it."""
    upper: str
    """The scratch that takes the changes below LOCALBASE."""
    mountings: tuple[Mounting, ...]


def build_view(request: ViewRequest) -> HostView:
    """Make the folders and the copy of /etc, and return what is to be mounted."""
    builder = _Builder(request.scratch)
    for name in _EMPTY:
        builder.made(name)
    for name in ("/tmp", "/var/tmp"):  # noqa: S108  # names in the view
        Path(builder.at(name)).chmod(0o1777)
    mountings = [
        *builder.programs("/", lambda name: name in _SHOWN),
        *builder.programs("/usr/", lambda name: name not in _USR_HIDDEN),
        Mounting(Shows.DEVICES, "/dev", builder.at("/dev")),
        *builder.union(),
        builder.mount(Shows.WRITABLE, request.work, WORK),
        *(builder.mount(Shows.READ_ONLY, path, at) for at, path in request.shown.items()),
    ]
    if request.distdir is not None:
        shows = Shows.WRITABLE if request.fetch else Shows.READ_ONLY
        mountings.append(builder.mount(shows, request.distdir, DISTFILES))
    _copy("/etc", builder.at("/etc"))
    _add_wheel(Path(builder.at("/etc/group")))
    builder.write(_MAKE_CONF, request.make_conf)
    for name, text in request.share_mk.items():
        builder.write(f"{SHARE_MK}/{name}", text)
    return HostView(builder.view, builder.upper, tuple(mountings))


@dataclass(frozen=True, slots=True)
class _Builder:
    scratch: str

    @property
    def view(self) -> str:
        return f"{self.scratch}/view"

    @property
    def upper(self) -> str:
        return f"{self.scratch}/local"

    def at(self, path: str) -> str:
        """Where the host has a path of the view."""
        return self.view + path

    def made(self, path: str) -> str:
        folder = Path(self.at(path))
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    def write(self, path: str, text: str) -> None:
        self.made(posixpath.dirname(path))
        Path(self.at(path)).write_text(text, "utf-8", "surrogateescape")

    def mount(self, shows: Shows, source: str, path: str) -> Mounting:
        return Mounting(shows, source, self.made(path))

    def programs(self, folder: str, wanted: Callable[[str], bool]) -> Iterator[Mounting]:
        """Show the wanted folders below a folder of the host; links stay links."""
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if not wanted(entry.name):
                    continue
                if entry.is_symlink():
                    Path(self.at(entry.path)).symlink_to(Path(entry.path).readlink())
                elif entry.is_dir():
                    yield self.mount(Shows.READ_ONLY, entry.path, entry.path)

    def union(self) -> Iterator[Mounting]:
        """Show the host's LOCALBASE, with a scratch above it that takes every change."""
        point = self.made(LOCALBASE)
        below = LOCALBASE
        if not Path(LOCALBASE).is_dir():
            below = f"{self.scratch}/nothing"
        for folder in (self.upper, f"{self.scratch}/overlay", f"{self.scratch}/nothing"):
            Path(folder).mkdir()
        # The scratch has to look as what it covers, or the view's folder would change its mode.
        shutil.copystat(below, self.upper)
        yield Mounting(Shows.READ_ONLY, below, point)
        yield Mounting(Shows.UNION, self.upper, point, lower=below, work=f"{self.scratch}/overlay")


def _add_wheel(group: Path) -> None:
    """Give the copy FreeBSD's name of group 0, which the framework's mtree files use."""
    text = group.read_bytes() if group.exists() else b""
    if not any(line.startswith(b"wheel:") for line in text.splitlines()):
        group.write_bytes(text + b"wheel:*:0:root\n")


def _copy(source: str, target: str) -> None:
    """Copy folders, files and links; what this user may not read is left out."""

    def copy(file: str, to: str) -> None:
        if stat.S_ISREG(os.lstat(file).st_mode):
            with suppress(PermissionError):
                shutil.copy2(file, to)

    # Gathered by copytree: folders that cannot be listed.
    with suppress(shutil.Error):
        shutil.copytree(source, target, symlinks=True, copy_function=copy, dirs_exist_ok=True)
