"""`pear install` of a package.xml into a packaging root, as Mk/Uses/pear.mk calls it.

Files go by their role into the folders that the ports devel/pear and lang/php* have set, and the
tasks of a file are done on the way. PEAR's own registry is not written: pear.mk removes it from
the stage in the next line, and the package makes it anew when it is installed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from portfake.errors import InputError
from portfake.formats.pear_package import (
    PearFile,
    PearPackage,
    PearRelease,
    PearTask,
    parse_pear_package,
)
from portfake.model.entry import EntryType
from portfake.shell.command import (
    Command,
    CommandFailure,
    Invocation,
    Options,
    Parsed,
    UnknownOption,
)

__all__ = ["pear_command"]

_SYSTEM = "freebsd"
_SYSTEMS = frozenset({"*", "unix", _SYSTEM})
"""What says in package.xml that it is for FreeBSD, among others."""
_SURE_PHP = (7, 0)
"""Every tree of today has a later PHP; which one exactly shows only on the target."""
_LINE_END = re.compile(rb"\r\n|\n\r|\r|\n")
_OPTIONS = Options(flags="nf", valued="P")


@dataclass(frozen=True, slots=True)
class _Role:
    """Where files of one role go (PEAR/Installer/Role/*.xml)."""

    folder: str
    """The key of PEAR's configuration."""
    own: bool = False
    """They lie in a folder of the package's name below."""
    based: bool = True
    """baseinstalldir has a meaning for them."""
    executable: bool = False


_DATA = {role: _Role(f"{role}_dir", own=True, based=False) for role in ("data", "doc", "test")}
_ROLES: Mapping[int, Mapping[str, _Role]] = {
    1: {**_DATA, "php": _Role("php_dir"), "script": _Role("bin_dir", executable=True)},
    2: {
        **_DATA,
        "php": _Role("php_dir"),
        "script": _Role("bin_dir", executable=True),
        "www": _Role("www_dir"),
        "cfg": _Role("cfg_dir", own=True),
        # devel/pear-Horde_Role adds it; www/horde is its default.
        "horde": _Role("horde_dir"),
    },
}


def _configuration(localbase: str) -> Mapping[str, str]:
    """What `pear config-get` says once devel/pear is installed.

    Source: devel/pear's extra-patch-PEAR-Config.php and patch-go-pear.
    """
    return {
        "php_dir": f"{localbase}/share/pear",
        "data_dir": f"{localbase}/share/pear/data",
        "test_dir": f"{localbase}/share/pear/tests",
        "doc_dir": f"{localbase}/share/doc/pear",
        "cfg_dir": f"{localbase}/etc/pear",
        "www_dir": f"{localbase}/www",
        "horde_dir": f"{localbase}/www/horde",
        "bin_dir": f"{localbase}/bin",
        "php_bin": f"{localbase}/bin/php",
        "php_prefix": "",
        "php_suffix": "",
        "preferred_state": "stable",
    }


def _constants(localbase: str) -> Mapping[str, str]:
    """Those of PHP's constants that are the same for every PHP of the tree."""
    return {
        "DIRECTORY_SEPARATOR": "/",
        "PATH_SEPARATOR": ":",
        "PHP_EOL": "\n",
        "PHP_OS": "FreeBSD",
        "PHP_SHLIB_SUFFIX": "so",
        "PHP_BINDIR": f"{localbase}/bin",
    }


def pear_command(localbase: str) -> Command:
    """Return pear(1), which knows `install -n -f -P ROOT package.xml` and nothing else."""

    def run(invocation: Invocation) -> int:
        given = _given(invocation.arguments)
        root, name = given.get("P"), given.operands[0]
        assert root is not None
        package = parse_pear_package(invocation.read(name), name)
        _Installation(invocation, package, posixpath.dirname(name), root, localbase).run()
        version = package.facts.get("version", "")
        invocation.print(f"install ok: channel://{package.channel}/{package.name}-{version}")
        return 0

    return Command("pear", run, None, check=_objection)


def _given(arguments: Sequence[str]) -> Parsed:
    """Take the one known command line apart; UnknownOption for any other."""
    told = " ".join(arguments)
    if list(arguments[:1]) != ["install"]:
        raise UnknownOption(f"pear: {told}: only install is known")
    given = _OPTIONS.parse(arguments[1:], "pear")
    forced = {"n", "f", "P"} <= {option for option, _ in given.options}
    if not forced or len(given.operands) != 1 or not given.operands[0].endswith(".xml"):
        raise UnknownOption(f"pear: {told}: only install -n -f -P ROOT package.xml is known")
    return given


def _objection(arguments: Sequence[str | None]) -> str | None:
    try:
        _given(["\0.xml" if argument is None else argument for argument in arguments])
    except (UnknownOption, CommandFailure) as error:
        return error.message
    return None


def _is_surely_at_least(said: Mapping[str, str]) -> bool:
    """Whether any PHP is new enough, and nothing else is asked of it."""
    least = said.get("min", "")
    if said.keys() != {"min"} or re.fullmatch(r"[0-9]+(\.[0-9]+)*", least) is None:
        return False
    return tuple(int(part) for part in least.split(".")) <= _SURE_PHP


class _Installation:
    """One package on its way into one root."""

    def __init__(
        self, invocation: Invocation, package: PearPackage, folder: str, root: str, localbase: str
    ) -> None:
        self._invocation = invocation
        self._view = invocation.view
        self._package = package
        self._folder = folder
        self._root = root
        self._configuration = {
            **_configuration(localbase),
            "master_server": package.channel,
        }
        self._constants = _constants(localbase)

    def run(self) -> None:
        """Install every file; nothing is written if one of them is refused."""
        if self._package.kind != "php":
            raise self._invocation.refuse(f"a package of the kind {self._package.kind}")
        steps = [
            (file, self._role(file), list(self._edits(file)))
            for file in self._chosen()
            if self._is_for_us(file)
        ]
        self._view.make_folders(self._root + self._configuration["php_dir"])
        for file, role, edits in steps:
            self._install(file, role, edits)

    def _chosen(self) -> Iterator[PearFile]:
        release = self._release()
        names = {file.name for file in self._package.files}
        for name in release.renamed.keys() - names:
            raise self._wrong(f"installs {name}, which is no file of it")
        for file in self._package.files:
            if file.name not in release.ignored:
                yield replace(file, install_as=release.renamed.get(file.name, file.install_as))

    def _release(self) -> PearRelease:
        for release in self._package.releases:
            if all(self._applies(kind, said) for kind, said in release.conditions):
                return release
        raise self._wrong("no release in it is for FreeBSD")

    def _applies(self, kind: str, said: Mapping[str, str]) -> bool:
        if kind == "os":
            is_ours = said.get("name", "").lower() in _SYSTEMS
            return is_ours != ("conflicts" in said)
        if kind == "php" and _is_surely_at_least(said):
            return True
        told = ", ".join(f"{key} {value}".strip() for key, value in said.items())
        raise self._invocation.refuse(f"a release for {kind} {told} only")

    def _is_for_us(self, file: PearFile) -> bool:
        """Judge a platform of version 1, ``freebsd``, ``!windows`` or with ``*``."""
        if not file.platform:
            return True
        name = file.platform.removeprefix("!")
        if "-" in name:
            raise self._invocation.refuse(f"{file.name} is for {file.platform} only")
        wanted = re.escape(name.lower()).replace(r"\*", ".*").replace(r"\?", ".")
        is_ours = re.fullmatch(wanted, _SYSTEM) is not None
        return is_ours != file.platform.startswith("!")

    def _role(self, file: PearFile) -> _Role:
        role = _ROLES[self._package.version].get(file.role)
        if role is None:
            raise self._invocation.refuse(f"{file.name} has the role {file.role or 'of nothing'}")
        return role

    def _install(self, file: PearFile, role: _Role, edits: list[Callable[[bytes], bytes]]) -> None:
        view = self._view
        source = posixpath.join(self._folder, file.name.lstrip("/"))
        there = view.stat(source)
        if there is None or there.type is not EntryType.FILE:
            raise self._wrong(f"{file.name} is not there")
        target = self._root + self._target(file, role)
        view.make_folders(posixpath.dirname(target))
        before = view.stat(target, follow=False)
        if before is not None and before.type is not EntryType.DIRECTORY:
            view.unlink(target)
        content = (
            [reduce(lambda text, edit: edit(text), edits, view.read(source))]
            if edits
            else view.chunks(source)
        )
        view.write(target, content, mode=(0o777 if role.executable else 0o666) & ~view.umask)

    def _target(self, file: PearFile, role: _Role) -> str:
        parts = [self._configuration[role.folder]]
        if role.own:
            parts.append(self._package.name)
        if role.based:
            parts.append(file.base)
        parts.append(file.install_as or file.name)
        path = re.sub(r"[\\/]+", "/", "/".join(filter(None, parts)))
        if ".." in path.split("/"):
            raise self._wrong(f"{file.name} would climb out to {path}")
        return path

    def _edits(self, file: PearFile) -> Iterator[Callable[[bytes], bytes]]:
        for task in file.tasks:
            match task.name:
                case "replace":
                    edit = self._replacement(task)
                    if edit is not None:
                        yield edit
                case "unixeol":
                    yield lambda content: _LINE_END.sub(b"\n", content)
                case "windowseol":
                    yield lambda content: _LINE_END.sub(b"\r\n", content)
                case "postinstallscript":
                    # It is run by hand, `pear run-scripts`, long after.
                    pass
                case _:
                    raise self._invocation.refuse(f"{file.name} has the task {task.name}")

    def _replacement(self, task: PearTask) -> Callable[[bytes], bytes] | None:
        kind, old, key = (task.attributes.get(name, "") for name in ("type", "from", "to"))
        tables = {
            "pear-config": self._configuration,
            "php-const": self._constants,
            "package-info": self._package.facts,
        }
        value = tables.get(kind, {}).get(key)
        if value is None and kind == "package-info" and self._package.version == 1:
            return None
        if value is None or not old:
            raise self._invocation.refuse(f"a replacement by {kind} {key}")
        before, after = (text.encode("utf-8", "surrogateescape") for text in (old, value))
        return lambda content: content.replace(before, after)

    def _wrong(self, message: str) -> InputError:
        return InputError(f"{self._package.name}: {message}", where=self._invocation.place)
