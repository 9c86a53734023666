"""`index`: the INDEX of a tree, or the lines of some of its ports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from portfake.actions.many import Question, answers, told
from portfake.actions.request import TargetRequest, profile_of
from portfake.errors import PortfakeError
from portfake.formats.index import PORTSDIR, Described, IndexEntry, index, parse_described
from portfake.model.origin import Origin
from portfake.ports.description import VARIABLES, described, listed
from portfake.ports.evaluation import PortsEvaluator

__all__ = ["DescribedLine", "Index", "describe_lines", "make_index"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DescribedLine:
    """What `make describe` says of a port in one flavor."""

    origin: str
    line: str
    """Empty where it fails."""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """An INDEX, and what stands in its way to be whole."""

    entries: tuple[IndexEntry, ...]
    """In the order of the file."""
    failed: tuple[DescribedLine, ...]
    """Ports that could not be described."""
    complaints: tuple[str, ...]
    """Duplicate names, and dependencies that no port is."""


def describe_lines(
    request: TargetRequest, words: Iterable[str], *, jobs: int = 1
) -> Iterator[DescribedLine]:
    """Yield the line of each port, all its flavors in turn unless a word names one."""
    return _ask(request, Question(_line, _failed), words, jobs)


def _ask(
    request: TargetRequest, question: Question[T], words: Iterable[str], jobs: int
) -> Iterator[T]:
    asked = replace(request, variables={**request.variables, **VARIABLES})
    every = (word if "@" in word else f"{word}@all" for word in words)
    return answers(asked, question, every, jobs=jobs)


def _line(evaluator: PortsEvaluator, origin: Origin) -> DescribedLine:
    return DescribedLine(str(origin), described(evaluator, origin))


def _failed(word: str, error: PortfakeError) -> DescribedLine:
    return DescribedLine(word.removesuffix("@all"), "", told(error))


def make_index(request: TargetRequest, words: Sequence[str] = (), *, jobs: int = 1) -> Index:
    """Return the INDEX of the whole tree, or the lines of the ports that `words` name.

    For those the ports that they depend on are described as well, so that their lines are the
    ones of the whole INDEX. NotFound without a tree.
    """
    wanted = list(map(_plain, words)) or _listed(request)
    ports: dict[str, Described] = {}
    failed: list[DescribedLine] = []
    seen: set[str] = set()
    while wanted:
        seen.update(wanted)
        question = Question(_described, _failed)
        found = list(_ask(request, question, wanted, jobs))
        new = [each for each in found if isinstance(each, Described)]
        failed += (each for each in found if isinstance(each, DescribedLine))
        ports |= {port.origin: port for port in new}
        wanted = sorted({origin for port in new for origin in _needed(port)} - seen)
    entries, complaints = index(ports.values())
    if words:
        chosen = set(words)
        entries = [each for each in entries if {each.origin, _plain(each.origin)} & chosen]
    return Index(tuple(entries), tuple(failed), tuple(complaints))


def _listed(request: TargetRequest) -> list[str]:
    with request.open_tree() as tree:
        return list(listed(request.evaluator(tree, profile_of(request))))


def _plain(word: str) -> str:
    """All flavors are needed to know the last one, which stands for the folder."""
    return word.partition("@")[0]


def _described(evaluator: PortsEvaluator, origin: Origin) -> Described | DescribedLine:
    """With the tree, and the ports of overlays, where an INDEX says that they are."""
    text = described(evaluator, origin)
    for folder in (evaluator.tree.seen_as, *evaluator.tree.overlays):
        text = text.replace(f"{folder}/", f"{PORTSDIR}/")
    return parse_described(text, str(origin))


def _needed(port: Described) -> Iterator[str]:
    for folders in (port.extract, port.patch, port.fetch, port.build, port.run):
        for folder in folders:
            if folder.startswith(f"{PORTSDIR}/"):
                yield folder[len(PORTSDIR) + 1 :]
