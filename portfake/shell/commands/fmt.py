"""fmt(1) as FreeBSD has it: paragraphs filled towards a goal length, below a maximum."""

from __future__ import annotations

from dataclasses import dataclass, field

from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.view import text_of

__all__ = ["COMMANDS"]

_SENTENCE_ENDS = ".?!"


@dataclass(slots=True)
class _Filler:
    """One text being filled; `length` counts the columns of the line that is built."""

    goal: int
    most: int
    tab: int = 8
    output_tab: int = 8
    squeeze: bool = False
    sentence_ends: str = _SENTENCE_ENDS
    with_dots: bool = False
    indented_paragraphs: bool = False
    lines: list[str] = field(default_factory=list)
    _line: str = ""
    _length: int = 0
    _blanks: int = 0
    _first: bool = True
    """No line of the paragraph has been written yet."""

    def fill(self, text: str) -> None:
        first_indent = last_indent = -1
        count = 0
        for line in text.split("\n")[: None if not text.endswith("\n") else -1]:
            line = self._expanded(line)
            indent = len(line) - len(line.lstrip(" "))
            kept = not line or (line[0] == "." and not self.with_dots)
            second = self.indented_paragraphs and count == 1
            if kept or (indent != last_indent and not second):
                self._end_paragraph(first_indent if self._first else last_indent, indent)
                first_indent = last_indent = indent
                count = 0
                if kept:
                    self.lines.append(line)
                    last_indent = first_indent = indent
                    continue
            else:
                last_indent = indent
            self._words(line[indent:], first_indent, last_indent)
            count += 1
        self._end_paragraph(first_indent if self._first else last_indent, 0)

    def _expanded(self, line: str) -> str:
        if line.startswith(".") and not self.with_dots:
            return line.rstrip(" ")
        chars: list[str] = []
        for char in line.expandtabs(self.tab):
            if char == "\b":
                chars[-1:] = []
            elif char.isprintable() or "\udc80" <= char <= "\udcff":
                chars.append(char)
        return "".join(chars).rstrip(" ")

    def _words(self, text: str, first_indent: int, last_indent: int) -> None:
        position = 0
        while position < len(text):
            end = text.find(" ", position)
            end = len(text) if end == -1 else end
            after = end
            while after < len(text) and text[after] == " ":
                after += 1
            self._word(text[position:end], after - end, first_indent, last_indent)
            position = after

    def _word(self, word: str, blanks: int, first_indent: int, last_indent: int) -> None:
        indent = first_indent if self._first else last_indent
        reached = self._length + self._blanks + len(word)
        if self.squeeze or not blanks:
            blanks = 2 if word[-1] in self.sentence_ends else 1
        if reached <= self.goal:
            self._line += " " * self._blanks + word
            self._length = reached
            self._blanks = blanks
            return
        nearer = reached <= self.most and reached - self.goal <= self.goal - self._length
        if not self._line or nearer:
            self._put(indent, self._line + " " * self._blanks + word)
            self._line, self._length, self._blanks = "", last_indent, 0
        elif indent + len(word) > self.most:
            self._put(indent, self._line)
            self._put(indent, word)
            self._line, self._length, self._blanks = "", last_indent, 0
        else:
            self._put(indent, self._line)
            self._line, self._length, self._blanks = word, len(word) + last_indent, blanks
        self._first = False

    def _end_paragraph(self, indent: int, next_indent: int) -> None:
        if self._line:
            self._put(indent, self._line)
        self._line, self._length, self._blanks, self._first = "", next_indent, 0, True

    def _put(self, indent: int, text: str) -> None:
        indent = max(indent, 0)
        tabs = indent // self.output_tab if self.output_tab else 0
        self.lines.append("\t" * tabs + " " * (indent - tabs * self.output_tab) + text)


def _fmt(run: Invocation) -> int:
    given, operands = run.given, list(run.operands)
    width = given.get("w")
    goal = most = int(width) if width and width.isdigit() else 0
    if not goal and operands and operands[0].isdigit():
        goal = int(operands.pop(0))
        if operands and operands[0].isdigit():
            most = int(operands.pop(0))
            if most < goal:
                raise CommandFailure("max length must be >= goal length", 64)
    goal = goal or 65
    filler = _Filler(
        goal,
        most or goal + 10,
        tab=_number(given.get("t"), 8),
        output_tab=_number(given.get("l"), 8),
        squeeze="s" in given,
        sentence_ends=_SENTENCE_ENDS if given.get("d") is None else given.get("d") or "",
        with_dots="n" in given,
        indented_paragraphs="p" in given,
    )
    for _, content in run.inputs(operands or ["-"]):
        filler.fill(text_of(content))
    for line in filler.lines:
        run.print(line)
    return int(run.failed)


def _number(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdigit():
        raise CommandFailure(f"{text}: must be a number", 64)
    return int(text[:6])


COMMANDS = (Command("fmt", _fmt, Options(flags="nps", valued="dltw", number="w")),)
