"""The BSD make language, evaluated without files and processes of its own.

    evaluator = Evaluator()
    evaluation = evaluator.evaluate("Makefile", outside, curdir="/src")
    evaluation.value("PROG")

`outside` is any object with the methods of :class:`Outside`: it gives the text of files and the
output of commands. Where versions of bmake differ, FreeBSD 14's is followed (docs/late-expansion).
"""

from portfake.make.evaluation import Evaluation
from portfake.make.evaluator import Evaluator
from portfake.make.outcome import (
    MakeStopped,
    Message,
    MessageKind,
    Uncertainty,
    UnknownCommand,
)
from portfake.make.outside import FailedOutput, Nowhere, Outside
from portfake.make.targets import Operator, RawLine, RecipeLine, Target

__all__ = [
    "Evaluation",
    "Evaluator",
    "FailedOutput",
    "MakeStopped",
    "Message",
    "MessageKind",
    "Nowhere",
    "Operator",
    "Outside",
    "RawLine",
    "RecipeLine",
    "Target",
    "Uncertainty",
    "UnknownCommand",
]
