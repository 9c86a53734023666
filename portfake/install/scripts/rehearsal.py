"""A set of packages' scripts, run in pkg's order over a view of the root.

Nothing here changes the root: what scripts change comes out as edits, which the plan holds.
The order is that of libpkg (pkg_add.c, pkg_delete.c): for each package and moment its Lua
scripts first, then its shell script, then the old kind that is told the moment as an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from shlex import join

from portfake.errors import InputError, PortfakeError, Refused
from portfake.install.ledger import LedgerEntry, LedgerState, ScriptKind
from portfake.install.scripts.declared import declared_conflicts
from portfake.install.scripts.left import Waits, made_anew
from portfake.install.scripts.lua import LuaCall, LuaFailure, plain_commands, recognised
from portfake.install.scripts.lua_left import lua_left
from portfake.install.scripts.outcome import Contents, UnknownScripts
from portfake.install.scripts.pw.call import AccountConflict
from portfake.install.scripts.shell import Unknown, run_shell, standalone
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Manifest, PackagedFile, Phase
from portfake.shell.edits import Edit
from portfake.shell.files import Files
from portfake.shell.overlay import Overlay

__all__ = ["Rehearsal"]

# Moment -> the old kind of script, and the argument that tells it the moment.
_OLD_KIND = {
    Phase.PRE_INSTALL: (Phase.INSTALL, "PRE-INSTALL"),
    Phase.POST_INSTALL: (Phase.INSTALL, "POST-INSTALL"),
    Phase.PRE_DEINSTALL: (Phase.DEINSTALL, "DEINSTALL"),
    Phase.POST_DEINSTALL: (Phase.DEINSTALL, "POST-DEINSTALL"),
}

_MADE_ANYHOW = ("/var", "/var/db", "/var/db/pkg", "/var/db/portfake")


@dataclass(frozen=True, slots=True)
class _Script:
    package: Manifest
    phase: Phase
    kind: ScriptKind
    text: str
    argument: str = ""

    @property
    def name(self) -> str:
        return f"{self.package.full_name}: {self.phase.value} script"


class Rehearsal:
    """The scripts of a set of packages; `install` and `delete` are told in the plan's order.

    `problems` are what speaks against the plan, `ledger` what became of each script, `origins`
    the package (its name) on whose behalf a path was changed.
    """

    def __init__(
        self,
        root: Files,
        *,
        unknown: UnknownScripts = UnknownScripts.REFUSE,
        accept_accounts: bool = False,
        clock: int = 0,
    ) -> None:
        """Begin with a root as it is.

        `accept_accounts` takes users and groups as the root has them, whatever ids the
        packages ask for.
        """
        self._placed = Overlay(root, clock=clock)
        # The database and the journal come first, and bring their folders.
        for folder in _MADE_ANYHOW:
            if self._placed.stat(folder) is None:
                self._placed.mkdir(folder)
        self._changed = Overlay(self._placed, clock=clock)
        self._unknown = unknown
        self._accept_accounts = accept_accounts
        self._clock = clock
        self.origins: dict[str, str] = {}
        self.ledger: list[LedgerEntry] = []
        self.problems: list[PortfakeError] = []

    @property
    def view(self) -> Overlay:
        """The root as it will be, as far as scripts and packages were told."""
        return self._changed

    def edits(self) -> list[Edit]:
        """What scripts change, over what the packages themselves bring and remove."""
        return self._changed.edits()

    def write(self, path: str, content: bytes, whose: str, *, mode: int = 0o644) -> None:
        """Put a file into the root, as a script of that package would."""
        trial = Overlay(self._changed, clock=self._clock)
        entry = Entry(
            path=path,
            type=EntryType.FILE,
            mode=mode,
            owner="root",
            group="wheel",
            size=len(content),
            mtime=self._clock,
        )
        trial.put(entry, content)
        self._absorb(trial, whose)

    def _absorb(self, trial: Overlay, whose: str) -> None:
        self.origins.update(dict.fromkeys(trial.paths(), whose))
        self._changed.absorb(trial)

    def install(
        self, package: Manifest, contents: Contents, *, replaced: Manifest | None = None
    ) -> None:
        """Run a package's scripts around the placing of its files.

        Of a package that is replaced only what comes before its removal is run, while its files
        are still there (pkg_add_cleanup_old()).
        """
        upgrade = replaced is not None
        self._run_all(package, Phase.PRE_INSTALL, upgrade=upgrade)
        if replaced is not None:
            self._run_all(replaced, Phase.PRE_DEINSTALL, upgrade=True)
            coming = {file.path for file in package.files}
            self._remove_files(file.path for file in replaced.files if file.path not in coming)
        self._changed.drop(file.path for file in package.files)
        self._placed.put_all((entry, b"") for entry in self._new_folders(package))
        self._placed.put_all((_entry(file), partial(contents, file.path)) for file in package.files)
        self._run_all(package, Phase.POST_INSTALL, upgrade=upgrade)

    def _new_folders(self, package: Manifest) -> Iterator[Entry]:
        for folder in package.directories:
            if self._placed.stat(folder.path) is None:
                yield Entry(
                    path=folder.path,
                    type=EntryType.DIRECTORY,
                    mode=0o755 if folder.mode is None else folder.mode,
                    owner=folder.owner or "root",
                    group=folder.group or "wheel",
                    mtime=self._clock,
                )

    def delete(self, package: Manifest) -> None:
        """Run a package's scripts around the removal of its files."""
        self._run_all(package, Phase.PRE_DEINSTALL, upgrade=False)
        self._remove_files(file.path for file in package.files)
        self._run_all(package, Phase.POST_DEINSTALL, upgrade=False)

    def _remove_files(self, paths: Iterable[str]) -> None:
        gone = list(paths)
        self._changed.drop(gone)
        self._placed.hide_all(gone)

    # one moment

    def _run_all(self, package: Manifest, phase: Phase, *, upgrade: bool) -> None:
        for script in _scripts(package, phase):
            trial = Overlay(self._changed, clock=self._clock)
            run = self._lua if script.kind is ScriptKind.LUA else self._shell
            try:
                entry = run(script, trial, upgrade=upgrade)
            except Waits as waits:
                entry = self._entry(script, LedgerState.DEFERRED, waits.message)
            except Unknown as unknown:
                entry = self._not_known(script, unknown)
            except (AccountConflict, InputError, Refused) as error:
                self.problems.append(_told(script, error))
                continue
            else:
                self._absorb(trial, script.package.name)
            self.ledger.append(entry)

    def _not_known(self, script: _Script, unknown: PortfakeError) -> LedgerEntry:
        if self._unknown is UnknownScripts.REFUSE:
            self.problems.append(
                Refused(
                    f"{script.name} is of no known kind: {unknown.message}",
                    hint="--scripts defer leaves it to the running system, "
                    "--scripts ignore leaves it out",
                )
            )
        if self._unknown is UnknownScripts.DEFER:
            return self._entry(script, LedgerState.DEFERRED, unknown.message)
        return LedgerEntry(
            script.package.full_name,
            script.phase,
            script.kind,
            LedgerState.REFUSED,
            unknown.message,
            script.text,
        )

    def _entry(
        self, script: _Script, state: LedgerState, reason: str, left: str | None = None
    ) -> LedgerEntry:
        package = script.package
        if left is None and script.kind is ScriptKind.SHELL:
            left = standalone(script.text, package, script.argument)
        elif left is None:
            left = lua_left(script.text, package)
        return LedgerEntry(
            package.full_name, script.phase, script.kind, state, reason, script.text, left
        )

    def _came_to(self, script: _Script, trial: Overlay, left: dict[str, str]) -> LedgerEntry:
        edits = trial.edits()
        changes = f"changes {' '.join(edit.path for edit in edits)}"
        if left:
            commands = "".join(f"{command}\n" for command in left)
            rest = f"makes anew {', '.join(dict.fromkeys(left.values()))}"
            reason = f"{changes}; the rest {rest}" if edits else rest
            return self._entry(script, LedgerState.DEFERRED, reason, commands)
        if not edits:
            return self._entry(script, LedgerState.NOT_NEEDED, "changes nothing here", "")
        return self._entry(script, LedgerState.DONE, changes, "")

    def _lua(self, script: _Script, trial: Overlay, *, upgrade: bool) -> LedgerEntry:
        left: dict[str, str] = {}
        found = recognised(script.text)
        if found is None:
            commands = plain_commands(script.text)
            if commands is None:
                raise Unknown("its Lua text is not known")
            for command in commands:
                what = made_anew(command[0])
                if what is None:
                    raise Unknown(f"it runs {command[0]}")
                left[join(command)] = what
            return self._came_to(script, trial, left)
        known, argument = found
        prefix = script.package.prefix
        call = LuaCall(trial, prefix, argument, upgrade, left.__setitem__)
        try:
            known.act(call)
        except (LuaFailure, OSError) as failure:
            # The package counts as installed all the same (pkg_add_common()).
            if script.phase is Phase.PRE_INSTALL:
                raise Refused(str(failure)) from None
            reason = f"{known.name} fails, as it would under pkg: {failure}"
            return self._entry(script, LedgerState.NOT_NEEDED, reason, "")
        return self._came_to(script, trial, left)

    def _shell(self, script: _Script, trial: Overlay, *, upgrade: bool) -> LedgerEntry:
        if not self._accept_accounts:
            self.problems.extend(
                _told(script, conflict) for conflict in declared_conflicts(script.text, trial)
            )
        result = run_shell(
            script.text,
            script.package,
            script.argument,
            trial,
            upgrade=upgrade,
            clock=self._clock,
        )
        if result.status and script.phase is Phase.PRE_INSTALL:
            last = result.errors.strip().rpartition("\n")[2]
            raise Refused(f"ends with status {result.status}" + (f": {last}" if last else ""))
        entry = self._came_to(script, trial, result.left)
        if not result.status:
            return entry
        reason = f"{entry.reason}; ends with status {result.status}, as it would under pkg"
        return self._entry(script, entry.state, reason, entry.left)


def _entry(file: PackagedFile) -> Entry:
    return Entry(
        path=file.path,
        type=EntryType.FILE if file.target is None else EntryType.SYMLINK,
        mode=0o644 if file.mode is None else file.mode,
        owner=file.owner or "root",
        group=file.group or "wheel",
        size=None if file.target is None else len(file.target),
        mtime=file.mtime,
        target=file.target,
    )


def _scripts(package: Manifest, phase: Phase) -> Iterator[_Script]:
    for text in package.lua_scripts.get(phase, ()):
        yield _Script(package, phase, ScriptKind.LUA, text)
    old_kind, argument = _OLD_KIND[phase]
    for kind, told in ((phase, ""), (old_kind, argument)):
        text = package.scripts.get(kind, "")
        if text:
            yield _Script(package, phase, ScriptKind.SHELL, text, told)


def _told(script: _Script, error: PortfakeError) -> PortfakeError:
    """The same failure, said of a script."""
    return Refused(f"{script.name}: {error.message}", where=error.where, hint=error.hint)
