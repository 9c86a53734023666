"""The awk language, as FreeBSD's awk(1) (one-true-awk) reads and runs it.

`parse(text)` gives a Program; `Machine` runs it over lines of input. What starts a process
(system(), pipes) and what is random is no part of it.
"""

from __future__ import annotations

from portfake.shell.awk.machine import Machine, World
from portfake.shell.awk.parser import parse
from portfake.shell.awk.syntax import AwkError, AwkFailure, Program

__all__ = ["AwkError", "AwkFailure", "Machine", "Program", "World", "parse"]
