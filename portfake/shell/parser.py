"""Parses shell text: lists, pipelines and compound commands, by recursive descent.

The grammar is POSIX's (XCU 2.10) with what FreeBSD's sh(1) adds: ``;&`` in case, ``local`` as an
ordinary command. Aliases are not known, background commands are refused.
"""

from __future__ import annotations

import re
from functools import lru_cache

from portfake.errors import Place
from portfake.shell.syntax import (
    AndOr,
    Assignment,
    Case,
    CaseBranch,
    Command,
    For,
    Function,
    Group,
    If,
    Loop,
    Pipeline,
    Redirection,
    Script,
    Sequence,
    Simple,
    Subshell,
    Word,
)
from portfake.shell.words import WordReader

__all__ = ["parse"]

_BLANK = re.compile(r"(?:[ \t\r]|\\\n)+")
_COMMENT = re.compile(r"#[^\n]*")
_RESERVED = re.compile(
    r"(?:if|then|else|elif|fi|do|done|case|esac|while|until|for|in|[{}!])(?=[\s;&|()<>]|\Z)"
)
_FUNCTION = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*\([ \t]*\)")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_REDIRECTION = re.compile(r"([0-9]*)(<<-|<<|<&|<>|<|>>|>&|>\||>)")
_FOR_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_END_OF_LIST = frozenset({"then", "else", "elif", "fi", "do", "done", "esac", "}"})


@lru_cache(maxsize=4096)
def parse(text: str, where: Place | None = None) -> Script:
    """Parse a whole script; lines are counted from `where`.

    Raises ShellSyntaxError for what sh(1) would not parse and for what is not understood.
    """
    parser = _Parser(text, where or Place("sh", 1))
    try:
        return parser.whole()
    except RecursionError:
        parser.fail("nested too deep")


class _Parser(WordReader):
    def __init__(self, text: str, where: Place) -> None:
        super().__init__(text, where)
        self._documents: list[Redirection] = []

    def whole(self) -> Script:
        """Read the text to its end."""
        body = self.sequence()
        if self._documents:
            self.fail("here-document without its end")
        if self.position < len(self.text):
            self.fail(f"unexpected {self._next_token()!r}")
        return Script(self.where, body, self.text)

    # WordReader's part

    def substituted(self) -> Script:
        start, where = self.position, self.place
        waiting, self._documents = self._documents, []
        body = self.sequence()
        if self.peek() != ")":
            self.fail("missing ) of a command substitution")
        self._documents = waiting
        self.position += 1
        return Script(where, body, self.text[start : self.position - 1])

    def nested(self, text: str, where: Place) -> Script:
        inner = _Parser(text, where)
        inner._nesting = self._nesting
        return inner.whole()

    # between tokens

    def _next_token(self) -> str:
        return self.text[self.position : self.position + 12].split("\n")[0] or "newline"

    def _skip_blanks(self) -> None:
        match = _BLANK.match(self.text, self.position)
        if match:
            self.position = match.end()
        if self.peek() == "#":
            comment = _COMMENT.match(self.text, self.position)
            assert comment is not None
            self.position = comment.end()

    def _skip_newlines(self) -> None:
        self._skip_blanks()
        while self.peek() == "\n":
            self.position += 1
            self.read_documents(self._documents)
            self._documents = []
            self._skip_blanks()

    def _reserved(self) -> str:
        match = _RESERVED.match(self.text, self.position)
        return match.group() if match else ""

    def _accept(self, wanted: str) -> bool:
        """Pass over a reserved word or operator if it comes next."""
        self._skip_blanks()
        if wanted[0].isalpha() or wanted in {"{", "}", "!"}:
            found = self._reserved() == wanted
        else:
            found = self.text.startswith(wanted, self.position)
        if found:
            self.position += len(wanted)
        return found

    def _expect(self, wanted: str) -> None:
        self._skip_newlines()
        if not self._accept(wanted):
            self.fail(f"expected {wanted!r}, found {self._next_token()!r}")

    # lists

    def sequence(self) -> Sequence:
        """Read commands up to what cannot start one."""
        self.enter()
        place, commands = self.place, list[Command]()
        while True:
            self._skip_newlines()
            if not self.peek() or self.peek() in ");" or self._reserved() in _END_OF_LIST:
                break
            commands.append(self._and_or())
            self._skip_blanks()
            if self.peek() == "&" and self.peek(2) != "&&":
                self.fail("background commands are not understood")
            if self.peek() == ";" and self.peek(2) not in {";;", ";&"}:
                self.position += 1
            elif self.peek() != "\n":
                break
        self.leave()
        return Sequence(place, tuple(commands))

    def _and_or(self) -> Command:
        place, first = self.place, self._pipeline()
        rest: list[tuple[str, Command]] = []
        while True:
            self._skip_blanks()
            operator = self.peek(2)
            if operator not in {"&&", "||"}:
                break
            self.position += 2
            self._skip_newlines()
            rest.append((operator, self._pipeline()))
        return AndOr(place, first, tuple(rest)) if rest else first

    def _pipeline(self) -> Command:
        place, negated = self.place, False
        while self._accept("!"):
            negated = not negated
        stages = [self._command()]
        while True:
            self._skip_blanks()
            if self.peek() != "|" or self.peek(2) == "||":
                break
            self.position += 1
            self._skip_newlines()
            stages.append(self._command())
        if len(stages) == 1 and not negated:
            return stages[0]
        return Pipeline(place, tuple(stages), negated)

    # commands

    def _command(self) -> Command:
        self._skip_blanks()
        word = self._reserved()
        compound = _COMPOUND.get(word or self.peek())
        if compound is None:
            function = _FUNCTION.match(self.text, self.position)
            if function is not None:
                return self._function(function)
            if word and word not in {"in", "!"}:
                self.fail(f"unexpected {word!r}")
            return self._simple()
        self.position += len(word) or 1
        self.enter()
        command = compound(self)
        self.leave()
        redirections = self._redirections()
        if not redirections:
            return command
        if isinstance(command, Subshell):
            return Subshell(command.place, command.body, redirections)
        return Group(command.place, command, redirections)

    def _function(self, header: re.Match[str]) -> Function:
        place = self.place
        self.position = header.end()
        self._skip_newlines()
        self.enter()
        body = self._command()
        self.leave()
        return Function(place, header[1], body)

    def _subshell(self) -> Command:
        place, body = self.place, self.sequence()
        self._expect(")")
        return Subshell(place, body)

    def _group(self) -> Command:
        body = self.sequence()
        self._expect("}")
        return body

    def _if(self) -> Command:
        place, branches = self.place, []
        otherwise = None
        while True:
            condition = self.sequence()
            self._expect("then")
            branches.append((condition, self.sequence()))
            if not self._accept("elif"):
                break
        if self._accept("else"):
            otherwise = self.sequence()
        self._expect("fi")
        return If(place, tuple(branches), otherwise)

    def _while(self) -> Command:
        return self._loop(until=False)

    def _until(self) -> Command:
        return self._loop(until=True)

    def _loop(self, *, until: bool) -> Command:
        place, condition = self.place, self.sequence()
        return Loop(place, condition, self._do_group(), until)

    def _do_group(self) -> Sequence:
        self._expect("do")
        body = self.sequence()
        self._expect("done")
        return body

    def _for(self) -> Command:
        self._skip_blanks()
        place, name = self.place, _FOR_NAME.match(self.text, self.position)
        if name is None:
            self.fail("for without a name")
        self.position = name.end()
        self._skip_newlines()
        words: tuple[Word, ...] | None = None
        if self._accept("in"):
            words = self._words()
            if self.peek() not in {";", "\n"}:
                self.fail(f"unexpected {self._next_token()!r} in the words of for")
        if self._accept(";"):
            pass
        return For(place, name.group(), words, self._do_group())

    def _words(self) -> tuple[Word, ...]:
        words: list[Word] = []
        while True:
            self._skip_blanks()
            word = self.word()
            if word is None:
                return tuple(words)
            words.append(word)

    def _case(self) -> Command:
        self._skip_blanks()
        place, word = self.place, self.word()
        if word is None:
            self.fail("case without a word")
        self._expect("in")
        branches: list[CaseBranch] = []
        while True:
            self._skip_newlines()
            if self._reserved() == "esac":
                break
            branches.append(self._case_branch())
            if not self._ended_branch(branches):
                self._skip_newlines()
                break
        self._expect("esac")
        return Case(place, word, tuple(branches))

    def _case_branch(self) -> CaseBranch:
        self._accept("(")
        patterns = []
        while True:
            self._skip_blanks()
            pattern = self.word()
            if pattern is None:
                self.fail(f"expected a pattern, found {self._next_token()!r}")
            patterns.append(pattern)
            if not self._accept("|"):
                break
        self._expect(")")
        return CaseBranch(tuple(patterns), self.sequence())

    def _ended_branch(self, branches: list[CaseBranch]) -> bool:
        """Pass over ;; or ;& and note the latter in the last branch."""
        if self._accept(";;"):
            return True
        if self._accept(";&"):
            branches[-1] = CaseBranch(branches[-1].patterns, branches[-1].body, falls_through=True)
            return True
        return False

    def _simple(self) -> Simple:
        place = self.place
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirections: list[Redirection] = []
        while True:
            self._skip_blanks()
            redirection = _REDIRECTION.match(self.text, self.position)
            if redirection is not None:
                redirections.append(self._redirection(redirection))
                continue
            if not words and (assignment := _ASSIGNMENT.match(self.text, self.position)):
                self.position = assignment.end()
                line = self.line
                assignments.append(Assignment(assignment[1], self.word() or Word((), line, "", "")))
                continue
            word = self.word()
            if word is None:
                break
            words.append(word)
        if not (assignments or words or redirections):
            self.fail(f"unexpected {self._next_token()!r}")
        if self.peek() == "(":
            self.fail("unexpected '('")
        return Simple(place, tuple(assignments), tuple(words), tuple(redirections))

    # redirections

    def _redirections(self) -> tuple[Redirection, ...]:
        found: list[Redirection] = []
        while True:
            self._skip_blanks()
            match = _REDIRECTION.match(self.text, self.position)
            if match is None:
                return tuple(found)
            found.append(self._redirection(match))

    def _redirection(self, match: re.Match[str]) -> Redirection:
        digits, operator = match.groups()
        self.position = match.end()
        self._skip_blanks()
        word = self.word()
        if word is None:
            self.fail(f"{operator} without a word")
        descriptor = int(digits[:4]) if digits else (0 if operator[0] == "<" else 1)
        redirection = Redirection(descriptor, operator, word)
        if operator in {"<<", "<<-"}:
            self._documents.append(redirection)
        return redirection


_COMPOUND = {
    "(": _Parser._subshell,  # noqa: SLF001 - a table of this module's own class
    "{": _Parser._group,  # noqa: SLF001
    "if": _Parser._if,  # noqa: SLF001
    "while": _Parser._while,  # noqa: SLF001
    "until": _Parser._until,  # noqa: SLF001
    "for": _Parser._for,  # noqa: SLF001
    "case": _Parser._case,  # noqa: SLF001
}
