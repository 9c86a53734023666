"""What pkg(8)'s test scripts use of atf-check(1): a command held against what is said of it.

usage: atf_check.py RESULT [-s STATUS] [-o WANTED] [-e WANTED] [-x] COMMAND ...

Where portfake answered in pkg's place, as PORTFAKE_ANSWERED tells, and only its standard error
reads otherwise, the case goes on, and the file RESULT.words says so. That portfake tells who it is,
and the package, file and line that it speaks of, is no other reading.
"""

from __future__ import annotations

import getopt
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)")
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"e": b"\033"}


def main(words: list[str]) -> int:
    result, *rest = words
    options, command = getopt.getopt(rest, "s:o:e:x")
    wanted: dict[str, list[str]] = {"-s": [], "-o": [], "-e": []}
    for option, value in options:
        wanted.setdefault(option, []).append(value)
    shell = "-x" in wanted
    answered = Path(os.environ["PORTFAKE_ANSWERED"])
    answered.unlink(missing_ok=True)
    done = subprocess.run(
        [" ".join(command)] if shell else command,
        shell=shell, capture_output=True, check=False,
    )  # fmt: skip
    errors = _as_pkg_tells(done.stderr) if answered.exists() else done.stderr
    wrong = [_status(done.returncode, what) for what in wanted["-s"] or ["exit:0"]]
    wrong += [_stream("stdout", done.stdout, what) for what in wanted["-o"] or ["empty"]]
    words = [_stream("stderr", errors, what) for what in wanted["-e"] or ["empty"]]
    if not any(wrong) and any(words) and answered.exists():
        with Path(f"{result}.words").open("a") as log:
            log.write(_told(command, words))
        return 0
    if not any(wrong) and not any(words):
        return 0
    told = f"failed: {_told(command, [*wrong, *words])}"
    Path(result).write_text(told)
    sys.stderr.write(f"{told}\n--- stdout\n{done.stdout.decode('utf-8', 'replace')}")
    sys.stderr.write(f"--- stderr\n{done.stderr.decode('utf-8', 'replace')}")
    return 1


def _told(command: list[str], complaints: list[str]) -> str:
    text = f"{' '.join(command)}: {'; '.join(filter(None, complaints))}"
    return " ".join(text.split()) + "\n"


def _status(status: int, wanted: str) -> str:
    kind, _, value = wanted.partition(":")
    right = {
        "exit": status >= 0 and value in {"", str(status)},
        "eq": str(status) == value,
        "not-exit": str(status) != value,
        "ne": str(status) != value,
        "ignore": True,
    }
    return "" if right[kind] else f"status {status}, not {wanted}"


def _stream(name: str, content: bytes, wanted: str) -> str:
    kind, _, value = wanted.partition(":")
    if kind == "save":
        Path(value).write_bytes(content)
        return ""
    checks: dict[str, Callable[[], bool]] = {
        "ignore": lambda: True,
        "empty": lambda: not content,
        "not-empty": lambda: bool(content),
        "file": lambda: Path(value).read_bytes() == content,
        "inline": lambda: _decoded(value) == content,
        "match": lambda: _matches(value, content),
        "not-match": lambda: not _matches(value, content),
    }
    return "" if checks[kind]() else f"{name} is {content[:400]!r}, not {wanted}"


_PLACED = re.compile(rb"^portfake: (?:[\w.+-]+-\w+: )?(?:[^\s:]+:[0-9]+: )?", re.MULTILINE)


def _as_pkg_tells(errors: bytes) -> bytes:
    """Who speaks, without the place, which pkg does not tell."""
    return _PLACED.sub(b"pkg: ", errors)


def _decoded(text: str) -> bytes:
    def replace(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code, 8) & 255]) if code.isdigit() else _LETTERS.get(code, code)

    return _ESCAPE.sub(replace, text.encode("utf-8", "surrogateescape"))


def _matches(pattern: str, content: bytes) -> bool:
    """A line of `content` matches the extended regular expression, as grep(1) sees it."""
    grep = subprocess.run(
        ["grep", "-aEq", "--", pattern], input=content, check=False, capture_output=True
    )
    return grep.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
