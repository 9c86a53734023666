"""The record at hand with its fields, and where records come from."""

from __future__ import annotations

from collections.abc import Callable

from portfake.shell.awk.expressions import compiled, fields_of
from portfake.shell.awk.values import Input, Value

__all__ = ["Reader", "Record"]


class Reader:
    """Text that is read record by record; RS may change in between."""

    def __init__(self, content: str) -> None:
        self._content = content
        self._at = 0

    def next(self, separator: str) -> str | None:
        """The next record, None at the end."""
        content = self._content
        if not separator:
            while content.startswith("\n", self._at):
                self._at += 1
        if self._at >= len(content):
            return None
        start, end = self._at, len(content)
        self._at = end
        if not separator:
            found = content.find("\n\n", start)
            if found >= 0:
                end, self._at = found, found + 2
            return content[start:end].removesuffix("\n")
        if len(separator) == 1:
            found = content.find(separator, start)
            if found >= 0:
                end, self._at = found, found + 1
        else:
            match = compiled(separator).search(content, start)
            if match is not None and match.end() > match.start():
                end, self._at = match.span()
        return content[start:end]


class Record:
    """``$0`` and its fields; each is made of the other when it is asked for."""

    def __init__(
        self, separators: Callable[[], tuple[str, str, bool]], spend: Callable[[int], None]
    ) -> None:
        """`separators` gives FS, OFS, and whether RS is empty; `spend` is World's."""
        self._separators = separators
        self._spend = spend
        self._text = ""
        self._fields: list[Value] | None = []
        self._split_by = (" ", False)
        self._stale = False

    def whole(self, text: str) -> None:
        """Take a new record; it is split by FS as it is now."""
        separator, _, lines = self._separators()
        self._text, self._fields, self._stale = text, None, False
        self._split_by = (separator, lines)

    @property
    def count(self) -> int:
        """NF."""
        return len(self._split())

    def get(self, at: int) -> Value:
        """A field, 0 for the record; None behind the last."""
        if at == 0:
            if self._stale:
                words, separator = list(map(str, self._split())), self._separators()[1]
                self._spend(sum(map(len, words)) + len(separator) * len(words))
                self._text = separator.join(words)
                self._stale = False
            return Input(self._text)
        fields = self._split()
        return fields[at - 1] if at <= len(fields) else None

    def set(self, at: int, text: Input) -> None:
        """Give a field its text; the record is made anew."""
        if at == 0:
            self.whole(text)
            return
        fields = self._split()
        if at > len(fields):
            self.resize(at)
        fields[at - 1] = text
        self._stale = True

    def resize(self, count: int) -> None:
        """Set NF: fields are cut off, or empty ones added."""
        fields = self._split()
        del fields[max(0, count) :]
        fields.extend(Input("") for _ in range(count - len(fields)))
        self._stale = True

    def _split(self) -> list[Value]:
        if self._fields is None:
            separator, lines = self._split_by
            found = fields_of(self._text, separator, lines=lines)
            self._spend(len(self._text) + len(found))
            self._fields = [Input(field) for field in found]
        return self._fields
