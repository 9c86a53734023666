"""Recipe text interpreted: parsed, judged beforehand, and run against a Files view alone.

`parse(text, where)` gives a frozen tree or raises ShellSyntaxError; `judge(script, commands)`
lists what in it is not known, before anything runs; `Interpreter(files, commands, ...).run(...)`
runs it and returns status, output and errors. `base_commands()` is the table of the base
system's utilities; a caller adds its own rows, each a :class:`~portfake.shell.command.Command`.
Files change only through the :class:`~portfake.shell.files.Files` protocol, for which
:class:`~portfake.shell.memory.MemoryFiles` is a stand-in; no process is ever started.
"""

from __future__ import annotations

from portfake.shell.command import (
    Command,
    CommandFailure,
    Invocation,
    Options,
    UnknownCommand,
    UnknownOption,
)
from portfake.shell.commands import base_commands
from portfake.shell.files import Files
from portfake.shell.interpreter import Interpreter, Note, Result
from portfake.shell.judgement import Objection, Reason, judge
from portfake.shell.parser import parse
from portfake.shell.syntax import Script, ShellSyntaxError

__all__ = [
    "Command",
    "CommandFailure",
    "Files",
    "Interpreter",
    "Invocation",
    "Note",
    "Objection",
    "Options",
    "Reason",
    "Result",
    "Script",
    "ShellSyntaxError",
    "UnknownCommand",
    "UnknownOption",
    "base_commands",
    "judge",
    "parse",
]
