"""awk's grammar, from its words to a Program."""

from __future__ import annotations

from portfake.shell.awk.expression_parser import DEEPEST, ExpressionParser
from portfake.shell.awk.syntax import (
    AwkError,
    Block,
    Delete,
    Do,
    Expression,
    For,
    ForEach,
    Function,
    If,
    Item,
    Jump,
    Output,
    Program,
    Statement,
    While,
)

__all__ = ["parse"]


def parse(text: str) -> Program:
    """Return the program; AwkError for what does not parse or is not done here."""
    try:
        return _Parser(text).program()
    except RecursionError:
        raise AwkError("the program nests too deep") from None


class _Parser(ExpressionParser):
    # the program

    def program(self) -> Program:
        begin: list[Statement] = []
        end: list[Statement] = []
        items: list[Item] = []
        functions: dict[str, Function] = {}
        self._terminators()
        while not self._is("end"):
            if self._take("BEGIN"):
                begin.append(self._block())
            elif self._take("END"):
                end.append(self._block())
            elif self._take("function", "func"):
                function = self._function()
                functions[function.name] = function
            else:
                items.append(self._item())
            self._terminators()
        unknown = sorted(self._called - functions.keys())
        if unknown:
            raise AwkError(f"calling {unknown[0]}() is not known")
        return Program(tuple(begin), tuple(items), tuple(end), functions)

    def _function(self) -> Function:
        name = self._need("name", "function").text
        self._need("(")
        parameters = []
        while not self._is(")"):
            parameters.append(self._need("name").text)
            if not self._take(","):
                break
            self._newlines()
        self._need(")")
        self._newlines()
        return Function(name, tuple(parameters), self._block())

    def _item(self) -> Item:
        first = last = None
        if not self._is("{"):
            first = self._expression()
            if self._take(","):
                self._newlines()
                last = self._expression()
        body: Statement = Output(formatted=False, arguments=())
        if self._is("{"):
            body = self._block()
        return Item(first, last, body)

    def _block(self) -> Block:
        self._need("{")
        self._terminators()
        statements = []
        while not self._take("}"):
            statements.append(self._statement())
            self._terminators()
        return Block(tuple(statements))

    # statements

    def _statement(self) -> Statement | Expression:
        self._depth += 1
        if self._depth > DEEPEST:
            raise AwkError("the program nests too deep")
        try:
            return self._any_statement()
        finally:
            self._depth -= 1

    def _any_statement(self) -> Statement | Expression:
        if self._is("{"):
            return self._block()
        if self._take(";"):
            return Block()
        if self._take("if"):
            return self._if()
        if self._take("while"):
            condition = self._condition()
            return While(condition, Block() if self._take(";") else self._body())
        if self._take("do"):
            body = self._body()
            self._terminators()
            self._need("while")
            return self._ended(Do(body, self._condition()))
        if self._take("for"):
            return self._for()
        return self._ended(self._simple())

    def _ended(self, statement: Statement | Expression) -> Statement | Expression:
        if not self._is("}"):
            self._need("newline", ";", "end")
        return statement

    def _condition(self) -> Expression:
        self._need("(")
        condition = self._expression()
        self._need(")")
        return condition

    def _body(self) -> Statement | Expression:
        self._newlines()
        return self._statement()

    def _if(self) -> If:
        condition = self._condition()
        yes = self._body()
        before = self._position
        self._terminators()
        if self._take("else"):
            return If(condition, yes, self._body())
        self._position = before
        return If(condition, yes, Block())

    def _for(self) -> Statement:
        self._need("(")
        kinds = [token.kind for token in self._tokens[self._position : self._position + 4]]
        if kinds == ["name", "in", "name", ")"]:
            key = self._need("name").text
            self._need("in")
            name = self._need("name").text
            self._need(")")
            return ForEach(key, name, self._body())
        first: Statement | Expression = Block() if self._is(";") else self._simple()
        self._need(";")
        self._newlines()
        condition = None if self._is(";") else self._expression()
        self._need(";")
        self._newlines()
        step: Statement | Expression = Block() if self._is(")") else self._simple()
        self._need(")")
        return For(first, condition, step, Block() if self._take(";") else self._body())

    def _simple(self) -> Statement | Expression:
        jump = self._take("break", "continue", "next", "nextfile", "exit", "return")
        if jump is not None:
            valued = jump.kind in {"exit", "return"} and not self._is(";", "newline", "}", "end")
            return Jump(jump.kind, self._expression() if valued else None)
        if self._take("delete"):
            name = self._need("name").text
            keys = self._keys() if self._take("[") else ()
            return Delete(name, keys)
        output = self._take("print", "printf")
        return self._output(formatted=output.kind == "printf") if output else self._expression()

    def _output(self, *, formatted: bool) -> Output:
        arguments: tuple[Expression, ...] = ()
        if self._is("(") and self._closes_before_end():
            self._need("(")
            arguments = self._list()
            self._need(")")
        elif not self._is(";", "newline", "}", ">", ">>", "|", "end"):
            self._no_greater = True
            found = [self._expression()]
            while self._take(","):
                self._newlines()
                found.append(self._expression())
            self._no_greater = False
            arguments = tuple(found)
        if self._is("|"):
            raise AwkError(f"line {self._token.line}: a pipe is not opened here")
        way = self._take(">", ">>")
        file = self._concatenation() if way else None
        return Output(formatted, arguments, way.kind if way else "", file)

    def _closes_before_end(self) -> bool:
        """Whether the parenthesis here holds the whole list of a print."""
        depth = 0
        for at in range(self._position, len(self._tokens)):
            kind = self._tokens[at].kind
            depth += (kind == "(") - (kind == ")")
            if depth == 0:
                ends = (";", "newline", "}", ">", ">>", "|", "end")
                return self._tokens[at + 1].kind in ends
        return False
