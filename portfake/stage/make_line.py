"""The command line of an ordinary make that is to see the target, not the machine it runs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portfake.host.mounting import Argv
from portfake.ports.evaluation import EvaluatedPort, PortsEvaluator

__all__ = ["make_line", "target_environment"]


def make_line(
    evaluated: EvaluatedPort,
    evaluator: PortsEvaluator,
    program: Sequence[str],
    *,
    more: Mapping[str, str] | None = None,
    arguments: Sequence[str] = (),
) -> Argv:
    """Return ``env -i NAME=value ... make -C FOLDER NAME=value ...``, to which goals are added.

    `more` goes into the environment, `arguments` come last, after the user's own variables.
    """
    environment = {
        **target_environment(evaluator),
        **({"FLAVOR": evaluated.port.origin.flavor} if evaluated.port.origin.flavor else {}),
        **(more or {}),
    }
    return (
        *("env", "-i"),
        *(f"{name}={value}" for name, value in environment.items()),
        *program,
        *("-C", evaluated.folder),
        *(f"{name}={value}" for name, value in evaluator.variables.items()),
        *arguments,
    )


def target_environment(evaluator: PortsEvaluator) -> dict[str, str]:
    """Return what makes the framework and uname(1) speak of the target.

    What the framework would otherwise ask of the machine is what Mk/Scripts/ports_env.sh exports;
    UNAME_* are uname(1)'s, ABI is pkg(8)'s.
    """
    profile = evaluator.profile
    return {
        **evaluator.environment(),
        "HOME": "/root",
        "OPSYS": "FreeBSD",
        "OSVERSION": str(profile.osversion),
        "OSREL": profile.release.partition("-")[0],
        "_OSRELEASE": profile.release,
        "UID": "0",
        "UNAME_s": "FreeBSD",
        "UNAME_r": profile.release,
        "UNAME_m": profile.machine,
        "UNAME_p": profile.abi.cpu,
        "ABI": str(profile.abi),
    }
