"""Sources made up for a port: the files that its packing list and its recipes' words ask for.

Nothing is fetched: what a port would extract is a tar archive of files that hold a bit of
everything recipes look for (paths, shebang lines, left sides of sed's substitutions).
"""

from __future__ import annotations

import io
import posixpath
import re
import shlex
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

__all__ = ["ARCHIVE", "SETTINGS", "Sources", "missing_names", "sources"]

ARCHIVE = "made-up.tar"
SETTINGS = {
    "DISTFILES": ARCHIVE,
    "EXTRACT_ONLY": ARCHIVE,
    "EXTRACT_CMD": "/usr/bin/tar",
    "EXTRACT_BEFORE_ARGS": "-xf",
    "EXTRACT_AFTER_ARGS": "",
    "NO_CHECKSUM": "yes",
    "PATCHDIR": "/nonexistent",
    "PATCHFILES": "",
    "EXTRA_PATCHES": "",
}
"""What makes a port extract the made-up archive and apply no patches to it."""

_TEXT = """\
#!{interpreter}
# {name}: /usr/bin/perl /usr/local/etc /etc /usr/local/bin /bin/bash /usr/share /var/lib
# PREFIX=/usr/local @PREFIX@ %%PREFIX%% $PREFIX python bash /opt/{name}
{lefts}
"""
_READERS = frozenset({"install", "cp", "mv", "cat", "sed", "gzip", "chmod", "ln", "tr"})
_MISSING = re.compile(
    r"^(?:[\w.\[/-]+: )+(?:line \d+: )?(?:rename )?(?P<name>[^:\n]+?)(?: to [^:\n]+)?: "
    r"(?:Cannot stat: |Cannot open: |Couldn't visit directory: )?No such file or directory",
    re.MULTILINE,
)
_NO_LICENSE = re.compile(r"Missing license file for .* in (\S+)$", re.MULTILINE)
_LEFT = re.compile(r"s([|,/!#:@+%])((?:\\.|(?!\1).)+)\1")


@dataclass(slots=True)
class Sources:
    """Files by their paths below WRKDIR; a path that ends in a slash is a folder."""

    wrksrc: str
    """WRKSRC, relative to WRKDIR."""
    lefts: str = ""
    names: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    """Where recipes change to, relative to WRKDIR."""

    def add(self, name: str) -> bool:
        """Take a name in, relative to WRKDIR; false if it was there, or is none of a source."""
        name = re.sub(r"[*?]|\[.*?\]", "x", name)
        folder = "/" if name.endswith("/") else ""
        name = posixpath.normpath(name)
        if name.startswith(("..", "/", "stage/", ".")) or name == "stage":
            return False
        if any(character in name for character in "$`'\"\\{}()<>|;&"):
            return False
        before = len(self.names)
        self.names.add(name + folder)
        return len(self.names) > before

    def archive(self, strip: str) -> bytes:
        """The archive's bytes; members are named relative to the folder `strip` of WRKDIR."""
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as book:
            for name in sorted(self._files()):
                if strip and not name.startswith(f"{strip}/"):
                    continue
                info = tarfile.TarInfo(name[len(strip) + 1 :] if strip else name)
                base = posixpath.basename(name)
                script = base.endswith(".sh")
                interpreter = "/bin/sh" if script else "/usr/bin/perl -w"
                text = _TEXT.format(interpreter=interpreter, name=base, lefts=self.lefts)
                content = _package() if base.endswith(".deb") else text.encode()
                info.size, info.mtime = len(content), 1_600_000_000
                info.mode = 0o755 if script or "." not in base else 0o644
                book.addfile(info, io.BytesIO(content))
        return out.getvalue()

    def _files(self) -> set[str]:
        """The names that are files: a folder of others is none, an empty one gets a file."""
        plain = {name.rstrip("/") for name in self.names}
        above = {parent for name in plain for parent in _parents(name)}
        empty = {name.rstrip("/") for name in self.names if name.endswith("/")} - above
        return (plain - above - empty) | {f"{name}/inside" for name in empty}


def _package() -> bytes:
    """A Debian package: an ar archive with a compressed tar in it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:xz") as book:
        info = tarfile.TarInfo("opt/inside")
        info.size = 2
        book.addfile(info, io.BytesIO(b"x\n"))
    data = out.getvalue()
    header = f"{'data.tar.xz':<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n"
    return b"!<arch>\n" + header.encode() + data + b"\n" * (len(data) % 2)


def _parents(name: str) -> Iterator[str]:
    while name := posixpath.dirname(name):
        yield name


def sources(
    wrkdir: str, wrksrc: str, stagedir: str, plist: Iterable[str], recipes: Iterable[str]
) -> Sources:
    """Guess what a port needs from the files of its packing list and the text of its recipes."""
    here = posixpath.relpath(wrksrc, wrkdir)
    made = Sources("" if here == "." else here)
    made.folders.add(made.wrksrc)
    made.add(posixpath.join(made.wrksrc, "README"))
    for path in plist:
        parts = path.split("/")
        for start in range(len(parts)):
            made.add(posixpath.join(made.wrksrc, *parts[start:]))
    lefts: set[str] = set()
    for text in recipes:
        lefts.update(match[2].replace("\\", "") for match in _LEFT.finditer(text))
        for name in _read(text, wrkdir, wrksrc, stagedir, made.folders):
            made.add(name)
    made.lefts = "\n".join(f"# {left}" for left in sorted(lefts))[:4000].replace("\n ", " ")
    return made


def _read(text: str, wrkdir: str, cwd: str, stagedir: str, folders: set[str]) -> Iterator[str]:
    """Yield what one recipe line reads below WRKDIR, as far as its words show."""
    for match in re.finditer(re.escape(wrkdir) + r"/([^\s;\"'`|&<>()]+)", text):
        if not match.group().startswith(stagedir):
            yield match[1]
    for segment in re.split(r"&&|\|\||;|\||\n", text):
        try:
            words = shlex.split(segment.strip().lstrip("(@-"))
        except ValueError:
            continue
        if len(words) == 2 and words[0] == "cd" and "$" not in words[1]:
            cwd = posixpath.normpath(posixpath.join(cwd, words[1]))
            if cwd.startswith(wrkdir) and not cwd.startswith(stagedir):
                folder = posixpath.relpath(cwd, wrkdir)
                folders.add("" if folder == "." else folder)
                yield f"{folder}/"
        elif words and posixpath.basename(words[0]) in _READERS and cwd.startswith(wrkdir):
            folder = posixpath.relpath(cwd, wrkdir)
            for word in words[1:-1]:
                if not word.startswith(("-", "/", "s,", "s|")) and not word.isdigit():
                    yield posixpath.join(folder, word)


def missing_names(output: str, wrkdir: str, folders: Iterable[str]) -> Iterator[str]:
    """Yield what a failed run missed, relative to WRKDIR; guesses where it names no folder.

    A distfile that is missed keeps its absolute path.
    """
    for match in _NO_LICENSE.finditer(output):
        yield match[1].removeprefix(f"{wrkdir}/")
    for match in _MISSING.finditer(output):
        name = match["name"].strip()
        is_folder = "/" if re.search(r"^(cd|find|.*: cd): ", match.group()) else ""
        if name.startswith(f"{wrkdir}/"):
            yield name[len(wrkdir) + 1 :] + is_folder
        elif name.startswith("/distfiles/"):
            yield name
        elif not name.startswith("/"):
            yield from (posixpath.join(folder, name) + is_folder for folder in folders)
