"""How much of a real tree's pure copy class is interpretable, judged by its recipes' text."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from portfake.actions.many import Question, answers
from portfake.actions.request import TargetRequest
from portfake.errors import PortfakeError
from portfake.model.origin import Origin
from portfake.ports.evaluation import PortsEvaluator
from portfake.stage.forecast import Forecast, Outlook, judge_recipes
from portfake.stage.native import STAGE_ENVIRONMENT
from tests.judge.copying_ports import candidates, only_copies

pytestmark = pytest.mark.judge

INSTALLER = "R"
"""All that ports of USES=cran run; it makes a database of compiled functions."""
CRAN = "/Mk/Uses/cran.mk"


def ask(evaluator: PortsEvaluator, origin: Origin) -> tuple[str, Forecast] | None:
    evaluated = evaluator.evaluated(origin)
    if not only_copies(evaluated):
        return None
    return str(origin), judge_recipes(evaluated, evaluator.profile)


def failed(word: str, error: PortfakeError) -> None:
    del word, error


def words(told: Forecast) -> set[str]:
    return {one.word.rpartition("/")[2] or one.reason.value for one in told.objections}


def test_the_pure_copy_class(judged: Callable[[str], str]) -> None:
    tree = judged("PORTFAKE_TREE")
    request = TargetRequest(ports=tree, abi="FreeBSD:14:amd64", osversion=1400097)
    question = Question(ask, failed, STAGE_ENVIRONMENT)
    found = dict(
        filter(None, answers(request, question, candidates(Path(tree)), jobs=os.cpu_count() or 1))
    )
    native = [told for told in found.values() if told.outlook is Outlook.NATIVE]
    at_run_time = [told for told in native if told.at_run_time]
    others = [told for told in found.values() if INSTALLER not in words(told)]
    print(f"\n{len(found)} ports that only copy: {len(native)} interpretable", end="")
    print(f" ({len(native) / len(found):.1%}), {len(at_run_time)} of them with words that show")
    print(f"when they run; {len(native) / len(others):.1%} of the {len(others)} without R")
    for word, count in Counter(
        word for told in found.values() for word in words(told)
    ).most_common():
        print(f"  {count:5} {word}")
    for origin, told in found.items():
        if told.outlook is not Outlook.NATIVE and INSTALLER not in words(told):
            print(f"  {origin}: {told.reason} ({told.place})")
        elif told.outlook is not Outlook.NATIVE and CRAN not in str(told.place):
            print(f"  {origin}: R, but not by USES=cran ({told.place})")
        for one in told.at_run_time if told.outlook is Outlook.NATIVE else ():
            print(f"  {origin}: later {one}")
    assert len(native) >= 0.96 * len(others)
    assert len(native) >= 0.85 * len(found)
