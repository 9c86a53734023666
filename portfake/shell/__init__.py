"""Recipe text interpreted: parsed, judged beforehand, and run against a Files view alone.

* parser: `parse(text, where)` gives a frozen tree or raises ShellSyntaxError;
* judgement: `judge(script, commands)` lists what in it is not known, before anything runs;
* interpreter: `Interpreter(files, commands, ...).run(...)` runs it;
* commands: `base_commands()` is the table of the base system's utilities; a caller adds its own
  rows, each a command.Command;
* files: the protocol through which alone files change; memory.MemoryFiles is a stand-in.

No process is ever started.
"""
