"""What one shell process has of its own: variables, functions, options, descriptors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from portfake.shell.streams import Input, Output
from portfake.shell.syntax import Command

__all__ = ["OPTION_LETTERS", "State"]

OPTION_LETTERS = {
    "a": "allexport",
    "b": "notify",
    "C": "noclobber",
    "e": "errexit",
    "f": "noglob",
    "h": "trackall",
    "m": "monitor",
    "n": "noexec",
    "u": "nounset",
    "v": "verbose",
    "x": "xtrace",
}
"""Letters of set(1) with their long names; pipefail has no letter."""


@dataclass(slots=True, kw_only=True)
class State:
    """Everything a subshell gets a copy of."""

    variables: dict[str, str]
    exported: set[str]
    readonly: set[str] = field(default_factory=set)
    functions: dict[str, Command] = field(default_factory=dict)
    positional: list[str] = field(default_factory=list)
    name: str = "sh"
    flags: set[str] = field(default_factory=set)
    """Long names of the options that are on."""
    cwd: str
    umask: int
    inputs: dict[int, Input]
    outputs: dict[int, Output]
    exit_trap: str | None = None
    status: int = 0
    scopes: list[dict[str, tuple[str | None, bool]]] = field(default_factory=list)
    """For each running function the values (and exports) that its locals hide."""

    def fork(self) -> State:
        """A copy as a subshell starts with: no trap of its parent."""
        return replace(
            self,
            variables=dict(self.variables),
            exported=set(self.exported),
            readonly=set(self.readonly),
            functions=dict(self.functions),
            positional=list(self.positional),
            flags=set(self.flags),
            inputs=dict(self.inputs),
            outputs=dict(self.outputs),
            exit_trap=None,
            scopes=[dict(scope) for scope in self.scopes],
        )

    def set(self, name: str, value: str) -> None:
        """Set a variable."""
        self.variables[name] = value
        if "allexport" in self.flags:
            self.exported.add(name)

    def unset(self, name: str) -> None:
        """Remove a variable."""
        self.variables.pop(name, None)
        self.exported.discard(name)

    def hide(self, name: str) -> None:
        """Make a variable local to the running function; it keeps its value, as FreeBSD's do."""
        scope = self.scopes[-1]
        if name not in scope:
            scope[name] = (self.variables.get(name), name in self.exported)

    def leave_function(self) -> None:
        """Bring back what the locals of a function hid."""
        for name, (value, exported) in self.scopes.pop().items():
            self.unset(name)
            if value is not None:
                self.variables[name] = value
            if exported:
                self.exported.add(name)
