"""A staged port as a package: its metadata, its manifest, its files.

What Mk/Scripts/create-manifest.sh writes into METADIR for `pkg create`, as values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from portfake.formats import keyword, plist
from portfake.formats.keyword import Keyword
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Dependency, LicenseLogic, Manifest, Phase
from portfake.model.payload import Reader
from portfake.model.port import Port
from portfake.packages.assemble import Metadata, assemble
from portfake.packages.packing import PackedList, pack
from portfake.packages.shlibs import SharedLibraries
from portfake.packages.sums import file_sum
from portfake.ports.profile import Profile
from portfake.stage.native import Staged

__all__ = ["StagePayload", "StagedPackage", "package"]

_LICENSE_LOGIC = {"dual": LicenseLogic.OR, "multi": LicenseLogic.AND}
_SCRIPTS = {
    "INSTALL": Phase.INSTALL,
    "PREINSTALL": Phase.PRE_INSTALL,
    "POSTINSTALL": Phase.POST_INSTALL,
    "DEINSTALL": Phase.DEINSTALL,
    "PREDEINSTALL": Phase.PRE_DEINSTALL,
    "POSTDEINSTALL": Phase.POST_DEINSTALL,
}
_LUA_FILES = {
    f"pkg-{phase.value}.lua": phase
    for phase in (
        Phase.PRE_INSTALL,
        Phase.POST_INSTALL,
        Phase.PRE_DEINSTALL,
        Phase.POST_DEINSTALL,
    )
}


@dataclass(frozen=True, slots=True)
class StagePayload:
    """The files of a package, read from its stage."""

    manifest: Manifest
    staged: Staged
    moved: Mapping[str, str]
    """Path in the package -> path in the stage, where they differ."""

    def __iter__(self) -> Iterator[tuple[Entry, Reader | None]]:
        """See Payload: files in the manifest's order, then its folders."""
        first_names: dict[str, str] = {}
        for file in self.manifest.files:
            path = self.moved.get(file.path, file.path)
            there = self.staged.listing[path]
            inode = there.link_of or path
            entry = replace(
                there,
                path=file.path,
                mode=file.mode,
                owner=file.owner,
                group=file.group,
                mtime=file.mtime,
                link_of=first_names.get(inode),
            )
            first_names.setdefault(inode, file.path)
            if there.type is EntryType.SYMLINK or entry.link_of is not None:
                yield entry, None
            else:
                with self.staged.view.open(f"{self.staged.stagedir}{path}") as content:
                    yield entry, content
        for folder in self.manifest.directories:
            entry = Entry(
                path=folder.path,
                type=EntryType.DIRECTORY,
                mode=folder.mode,
                owner=folder.owner,
                group=folder.group,
            )
            yield entry, None


@dataclass(frozen=True, slots=True)
class StagedPackage:
    """A staged port, ready to be installed or archived."""

    manifest: Manifest
    payload: StagePayload
    notes: tuple[str, ...]


def package(
    staged: Staged,
    deps: Iterable[Dependency],
    profile: Profile,
    libraries: Callable[[Staged, Iterable[str]], SharedLibraries],
    *,
    latest: int,
) -> StagedPackage:
    """Return the package; raises everything that is wrong with its list together.

    No file is recorded as newer than `latest` (SOURCE_DATE_EPOCH's rule). `libraries` reads
    which shared libraries the packaged files need and give.
    """
    packed = _pack(staged)
    metadata = _metadata(staged, tuple(deps), profile)
    manifest = assemble(metadata, packed, libraries(staged, [file.path for file in packed.files]))
    manifest = replace(
        manifest,
        files=tuple(
            replace(file, mtime=min(file.mtime, latest)) if file.mtime is not None else file
            for file in manifest.files
        ),
    )
    payload = StagePayload(manifest, staged, packed.staged)
    return StagedPackage(manifest, payload, (*staged.notes, *packed.notes))


def _pack(staged: Staged) -> PackedList:
    def sum_of(entry: Entry) -> str:
        with staged.view.open(f"{staged.stagedir}{entry.path}") as content:
            return file_sum(content)

    known: dict[str, Keyword | None] = {}

    def find_keyword(name: str) -> Keyword | None:
        if name not in known:
            path = f"{staged.keywords}/{name}.ucl"
            text = _text(staged, path)
            known[name] = None if text is None else keyword.parse(text, name, path)
        return known[name]

    items = plist.parse(staged.plist, f"{staged.port.origin} packing list")
    return pack(
        items,
        staged.listing,
        prefix=staged.port.prefix,
        keywords=find_keyword,
        sum_of=sum_of,
    )


def _metadata(staged: Staged, deps: tuple[Dependency, ...], profile: Profile) -> Metadata:
    port = staged.port
    return Metadata(
        name=port.name,
        version=port.version,
        origin=port.origin.path,
        comment=port.comment,
        desc=_description(staged),
        maintainer=port.maintainer,
        www=port.www[0] if port.www else "",
        prefix=port.prefix,
        categories=port.categories,
        licenses=port.licenses,
        licenselogic=_LICENSE_LOGIC.get(port.license_logic, LicenseLogic.SINGLE),
        users=port.users,
        groups=port.groups,
        options={name: "on" if on else "off" for name, on in port.options.items()},
        annotations=port.notes,
        deps=deps,
        scripts=_scripts(staged),
        lua_scripts=_lua_scripts(staged),
        display=_display(staged),
        abi=profile.abi,
        osversion=profile.osversion,
        no_arch=port.no_arch,
    )


def _text(staged: Staged, path: str) -> str | None:
    if staged.view.stat(path) is None:
        return None
    return staged.view.read(path).decode("utf-8", "surrogateescape")


def _description(staged: Staged) -> str:
    """+DESC: pkg-descr, and WWW unless pkg-descr says it itself."""
    text = staged.view.read(staged.port.description).decode("utf-8", "surrogateescape")
    if staged.port.www and not any(line.startswith("WWW: ") for line in text.splitlines()):
        text += "\n" + "".join(f"WWW: {url}\n" for url in staged.port.www)
    return text


def _scripts(staged: Staged) -> dict[Phase, str]:
    texts: dict[Phase, str] = {}
    for kind, phase in _SCRIPTS.items():
        parts = (_text(staged, path) for path in staged.port.scripts.get(kind, ()))
        text = "".join(part for part in parts if part is not None)
        if text:
            texts[phase] = text
    return texts


def _lua_scripts(staged: Staged) -> dict[Phase, str]:
    """A file beside a script, with .lua added, joins the package under its own name."""
    texts: dict[Phase, str] = {}
    for paths in staged.port.scripts.values():
        for path in paths:
            phase = _LUA_FILES.get(f"{path.rpartition('/')[2]}.lua")
            text = _text(staged, f"{path}.lua")
            if phase is not None and text is not None and _text(staged, path) is not None:
                texts[phase] = text
    return texts


_NO_MAINTAINER = """\
===>   NOTICE:

The {port.name} port currently does not have a maintainer. As a result, it is
more likely to have unresolved issues, not be up-to-date, or even be removed in
the future. To volunteer to maintain this port, please create an issue at:

https://bugs.freebsd.org/bugzilla

More information about port maintainership is available at:

https://docs.freebsd.org/en/articles/contributing/#ports-contributing
"""
_DEPRECATED = """\
===>   NOTICE:

This port is deprecated; you may wish to reconsider installing it:

{port.deprecated}.

"""
_EXPIRES = """\
It is scheduled to be removed on or after {port.expiration_date}.

"""


def _display(staged: Staged) -> str:
    """+DISPLAY: the port's message files as one UCL list, and what the framework adds."""
    port: Port = staged.port
    parts = []
    for path in port.messages:
        text = _text(staged, path)
        if text is not None:
            parts.append(_message(text))
    if port.maintainer == "ports@FreeBSD.org":
        parts.append(_wrapped(_NO_MAINTAINER.format(port=port)))
    if port.deprecated:
        notice = _DEPRECATED + (_EXPIRES if port.expiration_date else "")
        parts.append(_wrapped(notice.format(port=port)))
    return f"[\n{''.join(parts)}]\n" if parts else ""


def _message(text: str) -> str:
    if not text.startswith("["):
        return _wrapped(text, "type: install, ")
    lines = text.splitlines(keepends=True)
    return "".join(lines[1:-1])


def _wrapped(text: str, fields: str = "") -> str:
    return f"{{{fields}message=<<EOD\n{text.rstrip(chr(10))}\nEOD\n}},\n"
