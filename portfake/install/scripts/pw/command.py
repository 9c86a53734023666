"""The command line of pw(8): which verb, for whom, with which options."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from portfake.errors import Refused
from portfake.install.scripts.account_files import AccountFiles
from portfake.install.scripts.pw import groups, users
from portfake.install.scripts.pw.call import Call, need_number
from portfake.shell.command import Command, CommandFailure, Invocation, Options

__all__ = ["PW"]


@dataclass(frozen=True, slots=True)
class _Verb:
    act: Callable[[Call], int]
    options: Options


_USER = Options(flags="qmo", valued="nucgGdsLhwbl")
_GROUP = Options(flags="qo", valued="ngMmdl")
_VERBS: Mapping[tuple[str, str], _Verb] = {
    ("user", "add"): _Verb(users.add, _USER),
    ("user", "mod"): _Verb(users.change, _USER),
    ("user", "del"): _Verb(users.remove, Options(flags="qr", valued="nu")),
    ("user", "show"): _Verb(users.show, Options(flags="qFa7", valued="nu")),
    ("user", "next"): _Verb(users.next_id, Options(flags="q")),
    ("user", "lock"): _Verb(users.lock, Options(flags="q")),
    ("user", "unlock"): _Verb(users.unlock, Options(flags="q")),
    ("group", "add"): _Verb(groups.add, _GROUP),
    ("group", "mod"): _Verb(groups.change, _GROUP),
    ("group", "del"): _Verb(groups.remove, Options(flags="q", valued="ng")),
    ("group", "show"): _Verb(groups.show, Options(flags="qFa", valued="ng")),
    ("group", "next"): _Verb(groups.next_id, Options(flags="q")),
}
_KINDS = {kind for kind, _ in _VERBS}
_MODES = {mode for _, mode in _VERBS}
# `useradd`, and `adduser` just as well
_WORDS = {
    **{kind + mode: (kind, mode) for kind, mode in _VERBS},
    **{mode + kind: (kind, mode) for kind, mode in _VERBS},
    "lock": ("user", "lock"),
    "unlock": ("user", "unlock"),
}


@dataclass(slots=True)
class _Line:
    """A command line taken apart."""

    kind: str | None = None
    mode: str | None = None
    name: str | None = None
    elsewhere: str = ""
    """The root of -R or the folder of -V."""
    options: Sequence[str] = ()

    @property
    def verb(self) -> _Verb | None:
        return _VERBS.get((self.kind or "", self.mode or ""))


def _taken_apart(arguments: Sequence[str]) -> _Line:
    """Words first (main() of pw.c), then options."""
    line, words = _Line(), list(arguments)
    while words:
        word = words[0]
        if word[:2] in {"-R", "-V"}:
            line.elsewhere = word[2:] or (words[1] if len(words) > 1 else "")
            words = words[1 if word[2:] else 2 :]
            continue
        if word.startswith("-"):
            break
        if word in _WORDS and line.kind is None and line.mode is None:
            line.kind, line.mode = _WORDS[word]
        elif word in _KINDS and line.kind is None:
            line.kind = word
        elif word in _MODES and line.mode is None:
            line.mode = word
        else:
            line.name = word
        words = words[1:]
    line.options = words
    return line


def _pw(run: Invocation) -> int:
    line = _taken_apart(run.arguments)
    verb = line.verb
    if verb is None or line.elsewhere.rstrip("/") not in {"", "/etc"}:
        raise run.refuse(" ".join(run.arguments))
    if run.view.stat("/etc/pw.conf") is not None:
        raise run.refuse("the root has an /etc/pw.conf, which is not read")
    given = verb.options.parse(line.options, "pw", run.place)
    name = given.get("n") or line.name or next(iter(given.operands), None)
    number = given.get("u" if line.kind == "user" else "g") if name is None else None
    if name is not None and name.isascii() and name.isdigit():
        name, number = None, name
    call = Call(
        run=run,
        files=AccountFiles(run.view),
        given=given,
        name=name,
        number=None if number is None else need_number(number),
    )
    return verb.act(call)


def _objection(arguments: Sequence[str | None]) -> str | None:
    words = ["\0" if argument is None else argument for argument in arguments]
    if "\0" in words[:1]:
        return None
    line = _taken_apart(words)
    if line.verb is None:
        return f"pw: {' '.join(words)}: this is not known"
    try:
        line.verb.options.parse(line.options, "pw")
    except Refused as error:
        return error.message
    except CommandFailure as error:
        return f"pw: {error.message}"
    return None


PW = Command("pw", _pw, None, _objection)
