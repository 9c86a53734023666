"""A packing list evaluated over a stage: what the package holds, owns and runs.

The rules are pkg's (libpkg/pkg_ports.c and pkg_create.c; spec/pkg.md 2.4): files in the order of
their paths, attributes by line, keyword and current default in this order, shell parts of one
phase joined in list order, Lua scripts kept apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from portfake.errors import InputError, PortfakeError, Problems
from portfake.formats import plist
from portfake.formats.keyword import Action, Expansion, Keyword
from portfake.model.attributes import Attributes, parse_mode
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Manifest, Message, PackagedDirectory, PackagedFile, Phase
from portfake.packages import prepackaging
from portfake.packages.sums import SumType, link_sum

__all__ = ["PackedList", "pack"]


@dataclass(frozen=True, slots=True)
class PackedList:
    """What a packing list says once it is held against the stage."""

    files: tuple[PackagedFile, ...] = ()
    directories: tuple[PackagedDirectory, ...] = ()
    config: tuple[str, ...] = ()
    scripts: Mapping[Phase, str] = field(default_factory=dict)
    """Shell text of the list alone; the port's own script files come before it."""
    lua_scripts: Mapping[Phase, tuple[str, ...]] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    flatsize: int = 0
    """Bytes of files and of symlinks' texts, one inode once."""
    name: str | None = None
    version: str | None = None
    """From @name, for a manifest that has none."""
    staged: Mapping[str, str] = field(default_factory=dict)
    """Path in the package -> path in the stage, where @override_prefix moved it."""
    notes: tuple[str, ...] = ()
    """What pkg would have said without failing: duplicates, deprecated keywords."""


def pack(
    items: Iterable[plist.PlistItem],
    stage: Mapping[str, Entry],
    *,
    prefix: str,
    keywords: Callable[[str], Keyword | None],
    sum_of: Callable[[Entry], str],
    listed: Manifest | None = None,
    problems: Iterable[PortfakeError] = (),
    kind: SumType = SumType.BLAKE2,
) -> PackedList:
    """Evaluate a list; `keywords` finds a keyword by name, `sum_of` sums a regular file.

    `listed` is a manifest that lists files itself; they come first, with its attributes, and
    everything else about them is the stage's (libpkg/pkg_create.c, pkg_create_from_dir()).

    `sum_of` is asked for every regular file once per name; symlinks are summed here. `problems`
    are those that the list's reader found (plist.read). Raises them and all else that is wrong
    (InputError or Problems): files that are not staged, folders listed as files, unknown
    keywords, failed checks, each with the line.
    """
    packer = _Packer(stage, prefix, keywords, sum_of, kind)
    if listed is not None:
        packer.take_listed(listed)
    for item in items:
        packer.take(item)
    Problems.check(sorted([*problems, *packer.problems], key=_line))
    return packer.result()


def _line(problem: PortfakeError) -> int:
    """The line of the list itself, for what an included one holds too."""
    place = problem.where
    while place is not None and place.included_from is not None:
        place = place.included_from
    return place.line if place else 0


_DEFAULTS = Attributes("root", "wheel")
# Keywords of pkg_install that pkg 2.x has not, and what it has instead.
_INSTEAD = {
    "cd": "write @cwd",
    "dirrm": "write @dir",
    "dirrmtry": "write @dir",
    "end": "it closes no @for",
    "ignore": "write @comment",
    "pkgdep": "dependencies come from the manifest",
    "conflicts": "conflicts come from the manifest",
}


@dataclass(slots=True)
class _Packer:
    stage: Mapping[str, Entry]
    base: str
    keywords: Callable[[str], Keyword | None]
    sum_of: Callable[[Entry], str]
    kind: SumType
    prefix: str = ""
    """The working directory (@cwd)."""
    defaults: Attributes = _DEFAULTS
    last_file: str = ""
    override: str | None = None
    name: tuple[str, str] | None = None
    files: dict[str, PackagedFile] = field(default_factory=dict)
    directories: dict[str, PackagedDirectory] = field(default_factory=dict)
    config: set[str] = field(default_factory=set)
    """The text of these is kept: regular files alone, and of hard links the first listed."""
    linked: set[str] = field(default_factory=set)
    """First names in the stage of files with several names."""
    seen: set[str] = field(default_factory=set)
    scripts: dict[Phase, list[str]] = field(default_factory=dict)
    lua_scripts: dict[Phase, list[str]] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[PortfakeError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.prefix = self.base
        self.linked = {entry.link_of for entry in self.stage.values() if entry.link_of}

    def take(self, item: plist.PlistItem) -> None:
        try:
            self._do(item)
        except InputError as error:
            self.problems.append(
                InputError(error.message, where=error.where or item.place, hint=error.hint)
            )

    def take_listed(self, manifest: Manifest) -> None:
        for file in manifest.files:
            self._attempt(self._file, file)
        for folder in manifest.directories:
            self._attempt(self._directory, folder)
        self.config |= set(manifest.config)

    def _attempt(
        self,
        add: Callable[[str, Attributes | None], None],
        item: PackagedFile | PackagedDirectory,
    ) -> None:
        said = Attributes(item.owner, item.group, item.mode, item.flags)
        try:
            add(item.path, said)
        except InputError as error:
            self.problems.append(error)

    def _do(self, item: plist.PlistItem) -> None:
        match item:
            case plist.File():
                if item.plain:
                    self.last_file = item.path
                self._file(item.path, item.attributes, config=item.config)
            case plist.Directory():
                self._directory(item.path, item.attributes)
            case plist.WorkingDirectory():
                self._change_directory(item.path)
            case plist.Setting():
                self._set(item.name, item.value)
            case plist.OverridePrefix():
                self.override = item.path
            case plist.PackageName():
                self.name = self.name or (item.name, item.version)
            case plist.KeywordUse():
                self._use(item)
            case plist.Comment():
                pass

    def _absolute(self, path: str) -> str:
        """The normal form of pkg_absolutepath(): ``..`` is resolved as text, never past ``/``."""
        parts: list[str] = []
        for part in (path if path.startswith("/") else f"{self.prefix}/{path}").split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return "/" + "/".join(parts)

    def _file(self, listed: str, attributes: Attributes | None, *, config: bool = False) -> None:
        path = self._absolute(listed)
        entry = self.stage.get(path)
        if entry is None:
            raise InputError(
                f"Unable to access file {path}: it is not in the stage",
                hint="it is listed, but not installed",
            )
        if entry.type not in (EntryType.FILE, EntryType.SYMLINK):
            kind = "folder" if entry.type is EntryType.DIRECTORY else entry.type.value
            raise InputError(f"{path} is a {kind}, listed as a file")
        inode = entry.link_of or path
        several = entry.link_of is not None or path in self.linked
        if config and entry.type is EntryType.FILE and not (several and inode in self.seen):
            if path in self.config:
                raise InputError(
                    f"duplicate file listing: {path}", hint="@config is to name it once"
                )
            self.config.add(path)
        self.seen.add(inode)
        if path in self.files:
            self.notes.append(f"{path} is listed twice")
            return
        chosen = self._chosen(attributes)
        target = entry.target if entry.type is EntryType.SYMLINK else None
        self.files[path] = PackagedFile(
            path=path,
            sum=self.sum_of(entry) if target is None else link_sum(target, self.kind),
            owner=chosen.owner,
            group=chosen.group,
            mode=chosen.mode or entry.mode,
            flags=chosen.flags,
            mtime=entry.mtime,
            target=target,
        )

    def _directory(self, listed: str, attributes: Attributes | None) -> None:
        path = self._absolute(listed)
        if path == "/":
            raise InputError("@dir / is of no use")
        entry = self.stage.get(path)
        if entry is None:
            raise InputError(f"{path} is not in the stage", hint="@dir names a folder that is")
        if entry.type is not EntryType.DIRECTORY:
            raise InputError(f"{path} is no folder, but listed as one")
        if path in self.directories:
            self.notes.append(f"@dir {path} is listed twice")
            return
        chosen = self._chosen(attributes)
        default = 0o755 if attributes is None else entry.mode
        self.directories[path] = PackagedDirectory(
            path=path,
            owner=chosen.owner,
            group=chosen.group,
            mode=chosen.mode or default,
            flags=chosen.flags,
        )

    def _chosen(self, attributes: Attributes | None) -> Attributes:
        """What a line says, else what @owner, @group and @mode said before."""
        said = attributes or Attributes()
        return Attributes(
            said.owner or self.defaults.owner,
            said.group or self.defaults.group,
            said.mode or self.defaults.mode,
            said.flags,
        )

    def _change_directory(self, path: str) -> None:
        if path and not path.startswith("/"):
            raise InputError(f"@cwd {path} is not absolute")
        self.prefix = path or self.base
        for phase in (Phase.POST_INSTALL, Phase.PRE_DEINSTALL, Phase.POST_DEINSTALL):
            self.scripts.setdefault(phase, []).append(f"cd {self.prefix}")

    def _set(self, name: str, value: str | int | None) -> None:
        now = self.defaults
        if name == "mode":
            self.defaults = replace(now, mode=value if isinstance(value, int) else None)
        elif name == "owner":
            self.defaults = replace(now, owner=str(value or "root"))
        else:
            self.defaults = replace(now, group=str(value or "wheel"))

    def _use(self, item: plist.KeywordUse) -> None:
        keyword = None if "/" in item.name else self.keywords(item.name)
        if keyword is None:
            hint = _INSTEAD.get(item.name, "no file of that name is in the tree's Keywords folder")
            raise InputError(f"unknown keyword @{item.name}", hint=hint)
        if keyword.deprecated:
            reason = f": {keyword.deprecation_message}" if keyword.deprecation_message else ""
            self.notes.append(f"{item.place}: Use of '@{item.name}' is deprecated{reason}")
        arguments = _split(item.argument) if keyword.arguments else None
        self._collect_scripts(keyword, item.argument, arguments)
        self.messages.extend(keyword.messages)
        attributes = _merged(item.attributes, keyword.attributes)
        argument: int | None = None
        for action in keyword.actions:
            # An argument's number holds for later actions too that name none, as in pkg.
            argument = action.argument or argument
            text = _argument(arguments or (), argument, item.argument)
            self._act(action, text, attributes)
        if keyword.prepackaging:
            prepackaging.check(item.name, keyword.prepackaging, arguments or ())

    def _collect_scripts(
        self, keyword: Keyword, line: str, arguments: Sequence[str] | None
    ) -> None:
        expansion = Expansion(self.prefix, self.last_file, line, arguments)
        if keyword.preformat_arguments:
            before = Expansion(self.prefix, self.last_file)
            expansion = replace(expansion, line=before.expand(line))
        for phase, text in keyword.scripts.items():
            self.scripts.setdefault(phase, []).append(expansion.expand(text))
        for phase, text in keyword.lua_scripts.items():
            self.lua_scripts.setdefault(phase, []).append(expansion.expand(text, comment="--"))

    def _act(self, action: Action, text: str, attributes: Attributes | None) -> None:
        match action.name:
            case "file" | "config":
                self._file(text, attributes, config=action.name == "config")
            case "dir":
                self._directory(text, attributes)
            case "setprefix":
                self._change_directory(text)
            case "setowner" | "setgroup":
                self._set(action.name.removeprefix("set"), text or None)
            case "setmode":
                self._set("mode", parse_mode(text) if text else None)
            case "override_prefix":
                self.override = text or None
            case "name":
                name, _, version = text.rpartition("-")
                self.name = self.name or (name, version)
            case _:
                assert action.name == "comment"

    def result(self) -> PackedList:
        moved = {path: self._moved(path) for path in self.files}
        files = [
            file if moved[path] == path else replace(file, path=moved[path])
            for path, file in self.files.items()
        ]
        return PackedList(
            files=tuple(sorted(files, key=lambda file: _bytes(file.path))),
            directories=tuple(
                self.directories[path] for path in sorted(self.directories, key=_bytes)
            ),
            config=tuple(sorted(self.config, key=_bytes)),
            scripts={
                phase: "".join(f"{part}\n" for part in self.scripts[phase])
                for phase in self.scripts
            },
            lua_scripts={phase: tuple(texts) for phase, texts in self.lua_scripts.items()},
            messages=tuple(self.messages),
            flatsize=self._flatsize(),
            name=self.name[0] if self.name else None,
            version=self.name[1] if self.name else None,
            staged={new: old for old, new in moved.items() if new != old},
            notes=tuple(self.notes),
        )

    def _moved(self, path: str) -> str:
        base = self.base.rstrip("/")
        if self.override is None or not path.startswith(f"{base}/"):
            return path
        return self.override + path.removeprefix(base)

    def _flatsize(self) -> int:
        sizes: dict[str, int] = {}
        for path in self.files:
            entry = self.stage[path]
            text = _bytes(entry.target or "")
            sizes[entry.link_of or path] = len(text) if text else entry.size or 0
        return sum(sizes.values())


def _bytes(path: str) -> bytes:
    return path.encode(errors="surrogateescape")


_WORD = re.compile(r"""\s*(?:"([^"]*)"?|'([^']*)'?|([^\s"']\S*))""")


def _split(line: str) -> list[str]:
    """Split at blanks, quotes kept together (libpkg/utils.c, pkg_utils_tokenize())."""
    return ["".join(filter(None, match.groups())) for match in _WORD.finditer(line)]


def _argument(arguments: Sequence[str], number: int | None, line: str) -> str:
    if number is None:
        return line
    if number > len(arguments):
        raise InputError(f"argument {number} is wanted, but there are {len(arguments)}")
    return arguments[number - 1]


def _merged(said: Attributes | None, keyword: Attributes | None) -> Attributes | None:
    """pkg applies a keyword's attributes only to a line that has some itself."""
    if said is None or keyword is None:
        return said
    return Attributes(
        keyword.owner or said.owner,
        keyword.group or said.group,
        keyword.mode or said.mode,
        said.flags,
    )
