"""The union stager: the port's own `make install` in a view of the host, watched.

What the install put under the view's /usr/local lies in a scratch folder of its own; held against
the package that the framework staged on the way, it tells what the install did beyond it. The
package is what goes on: nothing else that was written reaches an image.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from portfake.errors import InputError, Refused, Unavailable
from portfake.host.mounting import Argv, Mounter, MountLog
from portfake.model.abi import Abi
from portfake.model.entry import Entry, EntryType, Listing, compare
from portfake.model.origin import Origin
from portfake.ports.evaluation import EvaluatedPort, PortsEvaluator
from portfake.ports.outside import share_mk
from portfake.ports.profile import Profile
from portfake.ports.tree import PORT_DBDIR
from portfake.root.confined import Root
from portfake.root.ownership import Ownership
from portfake.stage.forecast import Forecast, Outlook
from portfake.stage.host_view import (
    LOCALBASE,
    SHARE_MK,
    UNWATCHED,
    HostView,
    ViewRequest,
    build_view,
)
from portfake.stage.leaks import Installed
from portfake.stage.make_line import make_line
from portfake.stage.output import Lines
from portfake.stage.scratch import scratch_folder
from portfake.stage.staged import Staged, collect
from portfake.stage.workspace import WORK, Workspace

__all__ = ["UnionSettings", "UnionStager", "union_forecast"]

_NAMES: Final = f"{WORK}/.portfake.names"
_SCRIPT: Final = f"""
"$@" install && "$@" create-manifest
status=$?
find {LOCALBASE} -print0 > {_NAMES}
exit $status
"""
"""What runs in the view. fake-pkg removes METADIR (bsd.port.mk, fake-pkg), so it is made again;
the names that the union shows tell what was removed from it, on every system alike."""


_UNWATCHED: Final = (*UNWATCHED, LOCALBASE)
"""LOCALBASE is looked at apart, in its scratch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionSettings:
    """How the install is to be run."""

    installer: Sequence[str] = ()
    """A program in make's place, with its first arguments; empty for this system's make."""
    make_args: Sequence[str] = ()
    """Arguments for make, after the user's variables."""
    show: Sequence[str] = ()
    """More folders of the host to be seen, under their own names."""
    fetch: bool = False
    """Whether the install may get distfiles."""
    make_conf: str = ""
    """Text of the target's make.conf."""
    options: str | None = None
    """The host's folder of saved options."""
    below: str | None = None
    """Where the scratch folder is made; None for the system's temporary folder."""


class UnionStager:
    """See Stager."""

    def __init__(
        self,
        evaluator: PortsEvaluator,
        workspace: Workspace,
        mounter: Mounter,
        settings: UnionSettings,
        *,
        log: MountLog,
        progress: Callable[[str], None] = lambda line: None,
    ) -> None:
        """`progress` is given what the install prints."""
        self._evaluator = evaluator
        self._workspace = workspace
        self._mounter = mounter
        self._settings = settings
        self._log = log
        self._progress = progress

    @property
    def evaluator(self) -> PortsEvaluator:
        """Whose ports it stages."""
        return self._evaluator

    @property
    def profile(self) -> Profile:
        """See Stager."""
        return self._evaluator.profile

    def commands(self, origin: Origin) -> list[Argv]:
        """Return the command lines that staging the port would run, nothing being mounted."""
        evaluated = self._evaluator.evaluated(origin)
        with scratch_folder(self._settings.below) as scratch:
            view = self._view(scratch)
            return self._mounter.commands(view.mountings, self._command(evaluated), view.folder)

    def stage(self, origin: Origin) -> Staged:
        """See Stager; Unavailable where this machine cannot make the mounts."""
        evaluated = self._evaluator.evaluated(origin)
        if evaluated.port.ignore:
            raise Refused(f"{evaluated.port.full_name} {evaluated.port.ignore}", where=str(origin))
        self._check_prefix(evaluated)
        with scratch_folder(self._settings.below, self._mounter.mounted_below) as scratch:
            view = self._view(scratch)
            obstacles = self._mounter.obstacles(view.mountings)
            if obstacles:
                raise Unavailable(
                    "; ".join(obstacles), hint="the fake install needs no mounts: --method fake"
                )
            before = _listing(view.folder, _UNWATCHED)
            self._run(evaluated, view)
            staged = collect(evaluated, self._evaluator, self._workspace)
            return replace(staged, installed=self._installed(view, before))

    def _check_prefix(self, evaluated: EvaluatedPort) -> None:
        prefix = evaluated.port.prefix
        if prefix != LOCALBASE and not prefix.startswith(LOCALBASE + "/"):
            raise Refused(
                f"the union lies over {LOCALBASE}, and the port installs into {prefix}",
                where=str(evaluated.port.origin),
                hint="--method fake",
            )

    def _view(self, scratch: str) -> HostView:
        tree, settings = self._evaluator.tree, self._settings
        distdir = os.path.realpath(self._workspace.distdir) if self._workspace.distdir else ""
        return build_view(
            ViewRequest(
                scratch=scratch,
                work=os.path.realpath(self._workspace.root.directory + WORK),
                shown={
                    tree.seen_as: tree.directory,
                    **{overlay: overlay for overlay in tree.overlays},
                    **({PORT_DBDIR: settings.options} if settings.options else {}),
                    **{
                        os.path.realpath(folder): os.path.realpath(folder)
                        for folder in settings.show
                    },
                },
                distdir=distdir if os.path.isdir(distdir) else None,  # noqa: PTH112  # as given
                fetch=settings.fetch,
                make_conf=settings.make_conf,
                share_mk=share_mk(),
            )
        )

    def _command(self, evaluated: EvaluatedPort) -> Argv:
        settings = self._settings
        offline = () if settings.fetch else ("FETCH_CMD=false",)
        line = make_line(
            evaluated,
            self._evaluator,
            tuple(settings.installer) or self._mounter.make(SHARE_MK),
            arguments=(*offline, *settings.make_args),
        )
        return ("sh", "-c", _SCRIPT, "sh", *line)

    def _run(self, evaluated: EvaluatedPort, view: HostView) -> None:
        heard = Lines(self._progress)
        try:
            ended = self._mounter.run(
                view.mountings,
                self._command(evaluated),
                view.folder,
                announce=self._log.mounting,
                sink=heard.hear,
            )
        finally:
            if not self._mounter.mounted_below(view.folder):
                self._log.unmounted()
        heard.end()
        if ended.status != 0:
            raise InputError(
                f"the install in the view ended with status {ended.status}",
                where=str(evaluated.port.origin),
                hint=heard.last or None,
            )

    def _installed(self, view: HostView, before: Listing) -> Installed:
        after = _listing(view.folder, _UNWATCHED)
        changes = compare(before, after, ignoring=("owner", "group", "mtime"))
        local = Listing(
            replace(entry, path=(LOCALBASE + entry.path).rstrip("/"))
            for entry in _listing(view.upper, ()).values()
            # An overlay marks with a device what it no longer shows.
            if entry.type is not EntryType.CHARACTER_DEVICE
        )
        written = {change.path: change.after for change in changes if change.after is not None}
        return Installed(
            {**written, **local},
            (
                *(change.path for change in changes if change.after is None),
                *self._gone_from(LOCALBASE),
            ),
            {**before, **_host_entries(local)},
        )

    def _gone_from(self, folder: str) -> Iterator[str]:
        """Yield what the host has below a folder and the union no longer showed."""
        shown = set(self._workspace.root.read(_NAMES).split(b"\0"))
        for path, folders, files in os.walk(os.fsencode(folder)):
            for name in (*folders, *files):
                if path + b"/" + name not in shown:
                    yield os.fsdecode(path + b"/" + name)


def union_forecast(evaluated: EvaluatedPort, host: Abi | None, target: Abi) -> Forecast:
    """Tell whether an ordinary install on a machine of ABI `host` serves the target.

    What compiles makes code for the machine it runs on, so it may for no other.
    """
    port = evaluated.port
    if port.ignore:
        return Forecast(Outlook.REFUSED, port.ignore)
    if host == target or port.no_build or port.no_arch:
        return Forecast(Outlook.RUN)
    reason = f"it builds, and this machine is {host or 'no FreeBSD'}, not {target}"
    return Forecast(Outlook.PACKAGES, reason)


def _listing(folder: str, leaving_out: Sequence[str]) -> Listing:
    """Return what lies in a folder of the host, paths relative to it, digests included."""
    with Root(folder, ownership=Ownership.RECORD, read_only=True) as root:
        entries = root.walk("/", digest=True).values()
    hidden = tuple(f"{path}/" for path in leaving_out)
    return Listing(entry for entry in entries if not f"{entry.path}/".startswith(hidden))


def _host_entries(written: Mapping[str, Entry]) -> dict[str, Entry]:
    """Return what the host has at paths below LOCALBASE."""
    if not Path(LOCALBASE).is_dir():
        return {}
    with Root(LOCALBASE, ownership=Ownership.RECORD, read_only=True) as root:
        found = {path: _entry(root, path[len(LOCALBASE) :] or "/") for path in written}
    return {path: replace(entry, path=path) for path, entry in found.items() if entry is not None}


def _entry(root: Root, path: str) -> Entry | None:
    entry = root.stat(path, follow=False)
    if entry is None or entry.type is not EntryType.FILE:
        return entry
    return root.walk(path, digest=True)[path]
