"""indexinfo(1): the `dir` file of a folder of Info pages, made anew from the pages."""

from __future__ import annotations

import gzip
import io

from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.view import text_of

__all__ = ["INDEXINFO"]

_SECTION = "INFO-DIR-SECTION "
_START, _END = "START-INFO-DIR-ENTRY", "END-INFO-DIR-ENTRY"
_NODE_MARK = "\x1f"
_HEAD = (
    "Made by portfake from the pages of this folder.\n"
    f"{_NODE_MARK}\nFile: dir,\tNode: Top\tThis is the top of the INFO tree\n\n* Menu:\n"
)


def _indexinfo(run: Invocation) -> int:
    if len(run.operands) != 1:
        raise CommandFailure("usage: indexinfo folder")
    folder = run.operands[0].rstrip("/") or "/"
    sections: dict[str, list[str]] = {}
    for name in run.view.listdir(folder):
        if name.endswith((".info", ".info.gz")):
            _gather(_head(run, f"{folder}/{name}"), sections)
    index = f"{folder}/dir"
    if sections:
        menus = (
            f"\n{section}\n" + "".join(f"{entry}\n" for entry in entries)
            for section, entries in sections.items()
        )
        text = _HEAD + "".join(menus)
        run.view.write(index, [text.encode("utf-8", "surrogateescape")])
    elif run.view.stat(index, follow=False) is not None:
        run.view.unlink(index)
    return 0


def _head(run: Invocation, path: str) -> str:
    """A page's text up to its first node."""
    content = run.view.read(path)
    if path.endswith(".gz"):
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            try:
                content = file.read(run.shell.limits.text)
            except (OSError, EOFError):
                run.complain(f"{path}: not in gzip format")
                return ""
    return text_of(content.partition(_NODE_MARK.encode())[0])


def _gather(text: str, sections: dict[str, list[str]]) -> None:
    section: list[str] | None = None
    within = False
    for line in text.splitlines():
        if line.startswith(_SECTION):
            section = sections.setdefault(line.removeprefix(_SECTION).lstrip(), [])
        elif line in {_START, _END}:
            within = line == _START
        elif within and line.startswith("*") and section is not None:
            section.append(line)


INDEXINFO = Command("indexinfo", _indexinfo, Options())
