"""awk's grammar of expressions."""

from __future__ import annotations

from portfake.shell.awk.lexer import BUILTINS, Token, tokens
from portfake.shell.awk.syntax import (
    And,
    Assign,
    AwkError,
    Binary,
    Call,
    Concatenation,
    Conditional,
    Expression,
    Field,
    Getline,
    In,
    Index,
    Literal,
    Matches,
    Name,
    Or,
    Regex,
    Step,
    Unary,
)

__all__ = ["DEEPEST", "ExpressionParser"]

DEEPEST = 200
_ASSIGNING = {f"{operator}=": operator for operator in ("+", "-", "*", "/", "%", "^")}
_ASSIGNING |= {"=": "", "**=": "^"}
_COMPARING = ("<", "<=", "==", "!=", ">", ">=")
_STARTS_OPERAND = frozenset(
    {"number", "string", "name", "function", "builtin", "$", "!", "(", "-", "+", "++", "--"}
)
_RECORD = Field(Literal(0.0))


class ExpressionParser:
    """Words of a program, and what can be read of them as an expression."""

    def __init__(self, text: str) -> None:
        self._tokens = list(tokens(text))
        self._position = 0
        self._depth = 0
        self._called: set[str] = set()
        """The program's functions that are called."""
        self._no_greater = False
        """In print's list outside of parentheses: a `>` there is no comparison."""

    # words

    @property
    def _token(self) -> Token:
        return self._tokens[self._position]

    def _is(self, *kinds: str) -> bool:
        return self._token.kind in kinds

    def _take(self, *kinds: str) -> Token | None:
        if self._token.kind not in kinds:
            return None
        self._position += 1
        return self._tokens[self._position - 1]

    def _need(self, *kinds: str) -> Token:
        token = self._take(*kinds)
        if token is None:
            seen = self._token
            raise AwkError(f"line {seen.line}: expected {' or '.join(kinds)}, found {seen.text!r}")
        return token

    def _newlines(self) -> None:
        while self._take("newline"):
            pass

    def _terminators(self) -> None:
        while self._take("newline", ";"):
            pass

    def _keys(self) -> tuple[Expression, ...]:
        keys = self._list()
        self._need("]")
        return keys

    def _list(self) -> tuple[Expression, ...]:
        kept, self._no_greater = self._no_greater, False
        found = [self._expression()]
        while self._take(","):
            self._newlines()
            found.append(self._expression())
        self._no_greater = kept
        return tuple(found)

    # expressions, the loosest first

    def _expression(self) -> Expression:
        self._depth += 1
        if self._depth > DEEPEST:
            raise AwkError("the program nests too deep")
        left = self._conditional()
        self._depth -= 1
        token = self._take(*_ASSIGNING)
        if token is None:
            return left
        self._newlines()
        if not isinstance(left, (Name, Field, Index)):
            raise AwkError(f"line {token.line}: nothing there can be assigned to")
        return Assign(left, _ASSIGNING[token.kind], self._expression())

    def _conditional(self) -> Expression:
        condition = self._or()
        if not self._take("?"):
            return condition
        self._newlines()
        yes = self._expression()
        self._newlines()
        self._need(":")
        self._newlines()
        return Conditional(condition, yes, self._expression())

    def _or(self) -> Expression:
        left = self._and()
        while self._take("||"):
            self._newlines()
            left = Or(left, self._and())
        return left

    def _and(self) -> Expression:
        left = self._in()
        while self._take("&&"):
            self._newlines()
            left = And(left, self._in())
        return left

    def _in(self) -> Expression:
        left = self._match()
        while self._take("in"):
            left = In((left,), self._need("name").text)
        return left

    def _match(self) -> Expression:
        left = self._comparison()
        while token := self._take("~", "!~"):
            left = Matches(left, self._comparison(), token.kind == "!~")
        return left

    def _comparison(self) -> Expression:
        left = self._concatenation()
        if self._no_greater and self._is(">"):
            return left
        if self._no_greater and self._is(*_COMPARING):
            raise AwkError(f"line {self._token.line}: a comparison in print wants parentheses")
        token = self._take(*_COMPARING)
        return left if token is None else Binary(token.kind, left, self._concatenation())

    def _concatenation(self) -> Expression:
        left = self._sum()
        while self._is(*_STARTS_OPERAND) and not self._is("+", "-"):
            left = Concatenation(left, self._sum())
        if self._is("|"):
            raise AwkError(f"line {self._token.line}: a pipe is not opened here")
        return left

    def _sum(self) -> Expression:
        left = self._product()
        while token := self._take("+", "-"):
            left = Binary(token.kind, left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._unary()
        while token := self._take("*", "/", "%"):
            left = Binary(token.kind, left, self._unary())
        return left

    def _unary(self) -> Expression:
        token = self._take("!", "-", "+")
        if token is None:
            return self._power()
        self._depth += 1
        if self._depth > DEEPEST:
            raise AwkError("the program nests too deep")
        operand = self._unary()
        self._depth -= 1
        return Unary(token.kind, operand)

    def _power(self) -> Expression:
        base = self._stepped()
        if not self._take("^", "**"):
            return base
        exponent = self._unary() if self._is("-", "+", "!") else self._power()
        return Binary("^", base, exponent)

    def _stepped(self) -> Expression:
        token = self._take("++", "--")
        if token is not None:
            place = self._primary()
            if not isinstance(place, (Name, Field, Index)):
                raise AwkError(f"line {token.line}: nothing there can be assigned to")
            return Step(place, 1 if token.kind == "++" else -1, before=True)
        value = self._primary()
        if isinstance(value, (Name, Field, Index)):
            token = self._take("++", "--")
            if token is not None:
                return Step(value, 1 if token.kind == "++" else -1, before=False)
        return value

    def _primary(self) -> Expression:
        token = self._need(
            *("number", "string", "regex", "name", "function", "builtin", "$", "(", "getline"),
            *("-", "+", "!", "++", "--"),
        )
        match token.kind:
            case "number":
                return Literal(float(token.text))
            case "string":
                return Literal(token.text)
            case "regex":
                return Regex(token.text)
            case "$":
                return Field(self._stepped_field())
            case "(":
                return self._parenthesis()
            case "getline":
                return self._getline()
            case "builtin":
                return self._builtin(token.text)
            case "function":
                return self._call(token.text)
            case "name":
                return Index(token.text, self._keys()) if self._take("[") else Name(token.text)
            case _:
                self._position -= 1
                return self._unary()

    def _stepped_field(self) -> Expression:
        """What stands behind ``$``: ``$i++`` is the step of a field, ``$++i`` is not."""
        if self._is("++", "--", "-", "+", "!"):
            return self._stepped() if self._is("++", "--") else self._unary()
        return self._primary()

    def _parenthesis(self) -> Expression:
        found = self._list()
        self._need(")")
        if len(found) > 1:
            self._need("in")
            return In(found, self._need("name").text)
        return found[0]

    def _getline(self) -> Expression:
        place: Expression | None = None
        if self._is("$", "name"):
            place = self._primary()
        file = self._stepped() if self._take("<") else None
        assert place is None or isinstance(place, (Name, Field, Index))
        return Getline(place, file)

    def _builtin(self, name: str) -> Expression:
        assert name in BUILTINS
        if not self._take("("):
            if name != "length":
                raise AwkError(f"{name} wants arguments")
            return Call(name, (_RECORD,))
        arguments = () if self._is(")") else self._list()
        self._need(")")
        return Call(name, arguments or ((_RECORD,) if name == "length" else ()))

    def _call(self, name: str) -> Expression:
        self._need("(")
        arguments = () if self._is(")") else self._list()
        self._need(")")
        self._called.add(name)
        return Call(name, arguments)
