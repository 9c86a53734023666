"""Running a program of awk over records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from portfake.shell.awk import syntax
from portfake.shell.awk.evaluator import Evaluator, Jumped, World, array_of
from portfake.shell.awk.lexer import unescaped
from portfake.shell.awk.record import Reader
from portfake.shell.awk.syntax import AwkFailure, Expression, Program, Statement
from portfake.shell.awk.values import Input, number, text, truth

__all__ = ["Machine", "World"]

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)


class Machine(Evaluator):
    """One run of a program."""

    def __init__(
        self,
        program: Program,
        world: World,
        *,
        arguments: Sequence[str],
        values: Mapping[str, str],
        environment: Mapping[str, str],
    ) -> None:
        """`values` are those of -F and -v, escapes put in."""
        super().__init__(
            program,
            world,
            {
                "ARGC": float(len(arguments) + 1),
                "ARGV": array_of(enumerate(["awk", *arguments])),
                "ENVIRON": array_of(environment.items()),
                **{name: Input(value) for name, value in values.items()},
            },
        )
        self._inside: set[int] = set()
        """The ranges that have begun."""
        self._main = self._records()
        self._file: Reader | None = None

    def run(self) -> int:
        """Run to the end; returns the exit status. AwkFailure where awk itself would stop."""
        try:
            return self._run()
        except RecursionError:
            raise AwkFailure("an expression or a function nests too deep") from None

    def _run(self) -> int:
        status = 0
        try:
            for block in self.program.begin:
                self.do(block)
            if self.program.items or self.program.end:
                for record in self._main:
                    self.record.whole(record)
                    self._each()
        except Jumped as jump:
            # What END says is done all the same.
            status = self._status(jump)
        try:
            for block in self.program.end:
                self.do(block)
        except Jumped as jump:
            return self._status(jump) if jump.value is not None else status
        return status

    def _status(self, jump: Jumped) -> int:
        if jump.kind != "exit":
            raise AwkFailure(f"{jump.kind} stands where it makes no sense")
        return int(number(jump.value)) & 0xFF

    def _each(self) -> None:
        """Do what the program does for one record."""
        try:
            for at, item in enumerate(self.program.items):
                if self._fits(at, item):
                    self.do(item.body)
        except Jumped as jump:
            if jump.kind not in {"next", "nextfile"}:
                raise
            if jump.kind == "nextfile":
                self._file = None

    def _fits(self, at: int, item: syntax.Item) -> bool:
        if item.first is None:
            return True
        if item.last is None:
            return truth(self.value(item.first))
        if at not in self._inside and not truth(self.value(item.first)):
            return False
        self._inside.add(at)
        if truth(self.value(item.last)):
            self._inside.discard(at)
        return True

    def _records(self) -> Iterator[str]:
        """Yield the main input's records: ARGV as it stands when its turn comes."""
        seen = False
        at = 1
        while at < int(number(self.scalar("ARGC"))):
            argv = self.array("ARGV")
            word = text(argv.get(str(at))) if str(at) in argv else ""
            at += 1
            assignment = _ASSIGNMENT.fullmatch(word)
            if assignment is not None:
                self.set_name(assignment[1], Input(unescaped(assignment[2])))
            elif word:
                seen = True
                yield from self._records_of(word)
        if not seen:
            yield from self._records_of("-")

    def _records_of(self, name: str) -> Iterator[str]:
        content = self.world.read(name)
        if content is None:
            raise AwkFailure(f"can't open file {name}")
        self.globals["FILENAME"] = "" if name == "-" else name
        self.globals["FNR"] = 0.0
        self._file = Reader(content)
        while self._file is not None:
            found = self._file.next(text(self.scalar("RS")))
            if found is None:
                return
            self.world.spend(len(found))
            for counter in ("NR", "FNR"):
                self.globals[counter] = number(self.scalar(counter)) + 1
            yield found

    def next_record(self) -> str | None:
        """See Evaluator."""
        return next(self._main, None)

    def do(self, statement: Statement | Expression) -> None:
        """See Evaluator; Jumped for what leaves the statement."""
        self.world.spend()
        if isinstance(statement, Expression):
            self.value(statement)
        else:
            self._statements[type(statement)](self, statement)

    def _block(self, it: syntax.Block) -> None:
        for each in it.statements:
            self.do(each)

    def _if(self, it: syntax.If) -> None:
        self.do(it.yes if truth(self.value(it.condition)) else it.no)

    def _while(self, it: syntax.While) -> None:
        while truth(self.value(it.condition)) and self._turn(it.body):
            pass

    def _until(self, it: syntax.Do) -> None:
        while self._turn(it.body) and truth(self.value(it.condition)):
            pass

    def _for(self, it: syntax.For) -> None:
        self.do(it.first)
        while it.condition is None or truth(self.value(it.condition)):
            if not self._turn(it.body):
                return
            self.do(it.step)

    def _for_in(self, it: syntax.ForEach) -> None:
        for key in list(self.array(it.name).keys()):
            self.set_name(it.key, Input(key))
            if not self._turn(it.body):
                return

    def _jump(self, it: syntax.Jump) -> None:
        raise Jumped(it.kind, None if it.value is None else self.value(it.value))

    def _delete(self, it: syntax.Delete) -> None:
        if it.keys:
            self.array(it.name).remove(self.key(it.keys))
        else:
            self.array(it.name).clear()

    def _turn(self, body: Statement | Expression) -> bool:
        """One turn of a loop; false if it was the last."""
        try:
            self.do(body)
        except Jumped as jump:
            if jump.kind == "break":
                return False
            if jump.kind != "continue":
                raise
        return True

    def _output(self, output: syntax.Output) -> None:
        values = [self.value(each) for each in output.arguments]
        if output.formatted:
            if not values:
                raise AwkFailure("not enough args in printf")
            shown = self.formatted(self.text(values[0]), values[1:])
        else:
            form = text(self.scalar("OFMT"))
            words = [text(value, form) for value in values] or [text(self.record.get(0))]
            line = self.joined(text(self.scalar("OFS")), words)
            shown = self.joined("", [line, text(self.scalar("ORS"))])
        if output.file is None:
            self.world.print(shown)
            return
        name = self.string(output.file)
        if not name:
            raise AwkFailure("null file name in print or getline")
        fresh = output.redirection == ">" and name not in self._written
        self._written.add(name)
        self.world.write(name, shown, fresh=fresh)

    _statements: ClassVar[Mapping[type[Statement], Callable[[Any, Any], None]]] = {
        syntax.Block: _block,
        syntax.If: _if,
        syntax.While: _while,
        syntax.Do: _until,
        syntax.For: _for,
        syntax.ForEach: _for_in,
        syntax.Jump: _jump,
        syntax.Delete: _delete,
        syntax.Output: _output,
    }
