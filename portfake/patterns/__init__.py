"""POSIX regular expressions and globs for make, sed, grep, find, expr and packing lists.

`ere(text)`, `bre(text)` and `glob(text)` give a :class:`Pattern`, which is used like Python's
compiled patterns but matches as POSIX says: leftmost, longest, classes of the C locale.
"""

from __future__ import annotations

from functools import lru_cache

from portfake.limits import DEFAULT
from portfake.patterns.errors import PatternError
from portfake.patterns.globs import read_glob
from portfake.patterns.pattern import Match, Pattern
from portfake.patterns.regular import Options, read_basic, read_extended

__all__ = ["Match", "Pattern", "PatternError", "bre", "ere", "glob"]


@lru_cache(maxsize=4096)
def ere(
    text: str,
    *,
    ignore_case: bool = False,
    multiline: bool = False,
    seconds: float = DEFAULT.regex_seconds,
) -> Pattern:
    """An extended regular expression (REG_EXTENDED of regcomp(3)).

    `multiline` is REG_NEWLINE: `^` and `$` also match at lines, `.` and `[^x]` take no newline.
    One search takes `seconds` at most. Raises PatternError where the text means nothing.
    """
    node, groups = read_extended(text, Options(ignore_case, multiline))
    return Pattern(text, node, groups, multiline=multiline, seconds=seconds)


@lru_cache(maxsize=4096)
def bre(
    text: str,
    *,
    ignore_case: bool = False,
    multiline: bool = False,
    seconds: float = DEFAULT.regex_seconds,
) -> Pattern:
    r"""A basic regular expression, as sed(1) and grep(1) read theirs: `\(x\)\{1,2\}\1`."""
    node, groups = read_basic(text, Options(ignore_case, multiline))
    return Pattern(text, node, groups, multiline=multiline, seconds=seconds)


@lru_cache(maxsize=4096)
def glob(
    text: str,
    *,
    path: bool = False,
    period: bool = False,
    escape: bool = True,
    ignore_case: bool = False,
    seconds: float = DEFAULT.regex_seconds,
) -> Pattern:
    """A glob of fnmatch(3); `.match(name)` tells whether the whole name fits.

    `path` is FNM_PATHNAME (wildcards stop at slashes), `period` is FNM_PERIOD (a leading period
    must be written), `escape=False` is FNM_NOESCAPE. Nothing is an error in a glob: an unclosed
    list stands for itself.
    """
    node = read_glob(text, path=path, period=period, escape=escape, fold=ignore_case)
    return Pattern(text, node, 0, seconds=seconds)
