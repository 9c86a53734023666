"""The words of an awk program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from portfake.shell.awk.syntax import AwkError

__all__ = ["BUILTINS", "KEYWORDS", "Token", "tokens", "unescaped"]

KEYWORDS = frozenset(
    {"BEGIN", "END", "function", "func", "if", "else", "while", "for", "do", "break", "continue"}
    | {"next", "nextfile", "exit", "return", "delete", "in", "getline", "print", "printf"}
)
BUILTINS = frozenset(
    {"length", "substr", "index", "split", "sub", "gsub", "match", "sprintf", "sin", "cos"}
    | {"atan2", "exp", "log", "sqrt", "int", "tolower", "toupper", "close", "fflush"}
    | {"and", "or", "xor", "compl", "lshift", "rshift"}
)
_OPERATORS = (
    *("**=", "+=", "-=", "*=", "/=", "%=", "^=", "**", "==", "<=", ">=", "!=", "++", "--", "&&"),
    *("||", ">>", "!~", "{", "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^"),
    *("!", ">", "<", "|", "?", ":", "~", "$", "="),
)
_TOKEN = re.compile(
    r"(?P<blank>(?:[ \t\r]|\\\r?\n)+|#[^\n]*)"
    r"|(?P<newline>\n)"
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|(?P<function>[A-Za-z_]\w*(?=\())"
    r"|(?P<name>[A-Za-z_]\w*)"
    r'|"(?P<string>(?:[^"\\\n]|\\[\s\S])*)"'
    r"|(?P<operator>" + "|".join(map(re.escape, _OPERATORS)) + ")",
    re.ASCII,
)
_REGEX = re.compile(r"/((?:[^/\\\n]|\\[^\n])*)/")
_ENDS_OPERAND = frozenset({"number", "string", "name", "regex", ")", "]", "$", "++", "--"})
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|(\n)|([\s\S]))")
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "b": "\b"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word; of operators, keywords and ends of lines the kind is the text."""

    kind: str
    text: str
    line: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the program's words; AwkError where one cannot be read."""
    position, line, before = 0, 1, ""
    while position < len(text):
        regex = _REGEX.match(text, position) if text[position] == "/" else None
        if regex is not None and before not in _ENDS_OPERAND:
            token = Token("regex", regex[1].replace("\\/", "/"), line)
            position = regex.end()
        else:
            match = _TOKEN.match(text, position)
            if match is None:
                raise AwkError(f"line {line}: {text[position : position + 20]!r} is not understood")
            position = match.end()
            if match.lastgroup == "blank":
                line += match[0].count("\n")
                continue
            token = _token(match, line)
            line += match[0].count("\n")
        before = token.kind
        yield token
    yield Token("newline", "\n", line)
    yield Token("end", "", line)


def _token(match: re.Match[str], line: int) -> Token:
    kind, text = match.lastgroup or "", match[0]
    if kind == "string":
        return Token("string", unescaped(match["string"]), line)
    if kind in {"name", "function"} and (text in KEYWORDS or text in BUILTINS):
        return Token(text if text in KEYWORDS else "builtin", text, line)
    return Token(text if kind == "operator" else kind, text, line)


def unescaped(text: str) -> str:
    """A string with its escapes put in; an unknown one loses its backslash."""

    def one(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 8) & 0xFF)
        if match[2]:
            return ""
        return _CONTROL.get(match[3], match[3])

    return _ESCAPE.sub(one, text) if "\\" in text else text
