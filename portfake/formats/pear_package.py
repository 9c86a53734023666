"""package.xml of PEAR, versions 1.0, 2.0 and 2.1: what a package holds, and what becomes of it.

Source: package-1.0.dtd and package-2.0.xsd of PEAR, and how its installer reads both, which is
less strict than they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from portfake.errors import InputError
from portfake.formats.xml import parse_xml, text_within
from portfake.limits import DEFAULT, Limits

__all__ = ["PearFile", "PearPackage", "PearRelease", "PearTask", "parse_pear_package"]

_VERSION = re.compile(rb"""<package[^>]+version=['"]([0-9]+\.[0-9]+)['"]""")
_UTF_8 = re.compile(rb"""encoding=(["'])(?:UTF-8|utf-8)\1""")
_TASKS = "http://pear.php.net/dtd/tasks-1.0"
_SEPARATORS = re.compile(r"[\\/]+")


@dataclass(frozen=True, slots=True)
class PearTask:
    """Something that is done to a file on its way."""

    name: str
    """``replace``, ``unixeol``, ``windowseol``, ``postinstallscript`` or another's."""
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PearFile:
    """A file of the package."""

    name: str
    """Its path in the package."""
    role: str
    """What it is for, and so the kind of folder that it goes to."""
    base: str = ""
    """baseinstalldir: the folder below that one."""
    install_as: str = ""
    """Another path for the last part of it."""
    platform: str = ""
    """Version 1.0: the only systems that it is for."""
    tasks: tuple[PearTask, ...] = ()
    """In the order they are done."""


@dataclass(frozen=True, slots=True)
class PearRelease:
    """Version 2: one way to install the package, and when it applies."""

    conditions: tuple[tuple[str, Mapping[str, str]], ...] = ()
    """``os``, ``php``, ``extension`` or ``arch``, and the elements within."""
    ignored: frozenset[str] = frozenset()
    """Names of files that are left out."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Name -> what it is installed as."""


@dataclass(frozen=True, slots=True)
class PearPackage:
    """What package.xml says of a package."""

    version: int
    """Of the format: 1 or 2."""
    kind: str
    """``php``, or ``extsrc``, ``extbin``, ``zendextsrc``, ``zendextbin``, ``bundle``."""
    name: str
    channel: str
    facts: Mapping[str, str]
    """What a task may ask of the package (type="package-info")."""
    files: tuple[PearFile, ...]
    releases: tuple[PearRelease, ...] = (PearRelease(),)
    """Version 2: of those that apply the first is taken."""


def parse_pear_package(data: bytes, where: str, *, limits: Limits = DEFAULT) -> PearPackage:
    """Read the file's text.

    Texts are what PEAR makes of them: UTF-8, but ISO-8859-1 in a file of version 2 that does not
    say it is UTF-8. Raises InputError for what is no package.xml.
    """
    found = _VERSION.search(data)
    version = found[1].decode() if found else ""
    if version not in {"1.0", "2.0", "2.1"}:
        told = f"of version {version}" if version else "without a version"
        raise InputError(f"a package.xml {told}", where=where)
    root = parse_xml(data, where, limits=limits)
    if root.tag != "package":
        raise InputError(f"<{root.tag}> is no package", where=where)
    if version == "1.0":
        return _Version1(root, where).package()
    text = _same if _UTF_8.search(data) else _latin_1
    return _Version2(root, where, text).package()


def _same(text: str) -> str:
    return text


def _latin_1(text: str) -> str:
    return text.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def _first(element: Element, *path: str) -> str:
    """The text at the first element of this path; ``""`` if there is none."""
    return text_within(element.find("/".join(path)))


def _facts(element: Element, paths: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    found = {key: _first(element, *path) for key, path in paths.items()}
    return {key: value for key, value in found.items() if value}


class _Version1:
    """Folders say where their files are; base and role of a folder hold until others are said."""

    _FACTS: Mapping[str, tuple[str, ...]] = {
        "package": ("name",),
        "summary": ("summary",),
        "extends": ("extends",),
        "version": ("release", "version"),
        "release_date": ("release", "date"),
        "release_state": ("release", "state"),
        "release_license": ("release", "license"),
    }

    def __init__(self, root: Element, where: str) -> None:
        self._root = root
        self._where = where
        self._folders: list[str] = []
        self._base = ""
        self._role = ""

    def package(self) -> PearPackage:
        # A file that is named twice is what was said last.
        files = {file.name: file for file in self._below(self._root)}
        facts = _facts(self._root, self._FACTS)
        if "package" not in facts:
            raise InputError("the package has no name", where=self._where)
        return PearPackage(
            version=1,
            kind="php",
            name=facts["package"],
            channel="pear.php.net",
            facts=facts,
            files=tuple(files.values()),
        )

    def _below(self, element: Element) -> Iterator[PearFile]:
        for child in element:
            match child.tag:
                case "changelog":
                    pass
                case "dir":
                    yield from self._folder(child)
                case "file":
                    yield self._file(child)
                case _:
                    yield from self._below(child)

    def _folder(self, element: Element) -> Iterator[PearFile]:
        name = element.get("name", "/")
        if name != "/":
            self._folders.append(_SEPARATORS.sub("/", name).removesuffix("/").removeprefix("/"))
        self._base = element.get("baseinstalldir", self._base)
        self._role = element.get("role", self._role)
        yield from self._below(element)
        # The end of a folder without a name ends one that has one, if it lies in it.
        if self._folders:
            self._folders.pop()

    def _file(self, element: Element) -> PearFile:
        name, text = element.get("name"), text_within(element)
        if name is not None and text:
            raise InputError(f"the file {name} has a second name, {text}", where=self._where)
        path = _SEPARATORS.sub("/", name) if name is not None else text
        return PearFile(
            name="/".join([*self._folders, path]),
            role=element.get("role", self._role),
            base=element.get("baseinstalldir", self._base),
            install_as=element.get("install-as", ""),
            platform=element.get("platform", ""),
            tasks=tuple(PearTask("replace", one.attrib) for one in element.iter("replace")),
        )


class _Version2:
    """Folders hand their base down; releases say what is left out and what is renamed."""

    _FACTS: Mapping[str, tuple[str, ...]] = {
        **{key: (key,) for key in ("name", "channel", "summary", "extends", "date", "time")},
        "version": ("version", "release"),
        "api-version": ("version", "api"),
        "state": ("stability", "release"),
        "api-state": ("stability", "api"),
        "release_date": ("date",),
        "release_state": ("stability", "release"),
        "release_license": ("license",),
    }
    _KINDS = ("php", "extsrc", "extbin", "zendextsrc", "zendextbin")

    def __init__(self, root: Element, where: str, text: Callable[[str], str]) -> None:
        self._root = root
        self._where = where
        self._text = text
        prefixes = [name for name, value in root.attrib.items() if value == _TASKS]
        self._tasks = f"{prefixes[0].removeprefix('xmlns:')}:" if prefixes else None

    def package(self) -> PearPackage:
        facts = {key: self._text(text) for key, text in _facts(self._root, self._FACTS).items()}
        licence = self._root.find("license")
        if licence is not None and not licence.attrib and "release_license" in facts:
            facts["license"] = facts["release_license"]
        name = facts.get("name")
        if name is None:
            raise InputError("the package has no name", where=self._where)
        by_uri = self._root.find("uri") is not None
        return PearPackage(
            version=2,
            kind=self._kind(),
            name=name,
            channel="__uri" if by_uri else facts.get("channel", "").lower(),
            facts=facts,
            files=tuple({file.name: file for file in self._files()}.values()),
            releases=tuple(self._releases()) or (PearRelease(),),
        )

    def _kind(self) -> str:
        """The first that it has; without any it is installed as it stands."""
        if self._root.find("bundle") is not None:
            return "bundle"
        there = (kind for kind in self._KINDS if self._root.find(f"{kind}release") is not None)
        return next(there, "php")

    def _files(self) -> Iterator[PearFile]:
        top = self._root.find("contents/dir")
        if top is not None:
            yield from self._folder(top, "", "")

    def _folder(self, element: Element, path: str, base: str) -> Iterator[PearFile]:
        base = element.get("baseinstalldir", base)
        for folder in element.findall("dir"):
            yield from self._folder(folder, f"{path}{folder.get('name', '*unknown*')}/", base)
        for file in element.findall("file"):
            name = file.get("name")
            if name is None:
                raise InputError("a file without a name", where=self._where)
            yield PearFile(
                name=self._text(_SEPARATORS.sub("/", path + name)),
                role=file.get("role", ""),
                base=self._text(file.get("baseinstalldir", base)),
                install_as=self._text(file.get("install-as", "")),
                tasks=tuple(self._tasks_of(file)),
            )

    def _tasks_of(self, file: Element) -> Iterator[PearTask]:
        """Tasks of one name are done together, where the first of them stands."""
        names = list(dict.fromkeys(child.tag for child in file))
        for tag in names:
            if self._tasks is None or not tag.startswith(self._tasks):
                raise InputError(f"<{tag}> in a file is no task", where=self._where)
            for child in file.findall(tag):
                attributes = {key: self._text(value) for key, value in child.attrib.items()}
                yield PearTask(tag.removeprefix(self._tasks), attributes)

    def _releases(self) -> Iterator[PearRelease]:
        for element in self._root.findall(f"{self._kind()}release"):
            yield PearRelease(
                conditions=tuple(
                    (condition.tag, {part.tag: text_within(part) for part in condition})
                    for condition in element.findall("installconditions/*")
                ),
                ignored=frozenset(
                    self._text(one.get("name", "")) for one in element.findall("filelist/ignore")
                ),
                renamed={
                    self._text(one.get("name", "")): self._text(one.get("as", ""))
                    for one in element.findall("filelist/install")
                },
            )
