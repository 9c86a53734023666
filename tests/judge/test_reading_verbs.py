"""`info`, `query` and `which` against the real pkg(8): the same text for the same question."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from portfake.pkgdb.registry import database_of
from portfake.root.confined import Root
from portfake.root.ownership import Ownership
from tests.command_line import call
from tests.pkgdb import sample_root

pytestmark = pytest.mark.judge

SCALARS = [*"nvopmcewqQlaVtRX", "sb", "sh"]
LISTS = [
    *(f"d{part}" for part in "nov"),
    *(f"r{part}" for part in "nov"),
    *(f"F{part}" for part in "psugmftl"),
    *(f"S{part}" for part in "pugmf"),
    *("Ok", "Ov", "At", "Av"),
    *"CDLUGBbyY",
]
COUNTED = "drCFODLUGBbAyY"
FORMATS = [
    *(f"%n %{key}" for key in SCALARS),
    *(f"%n %{key}" for key in LISTS),
    *(f"%{key}" for key in LISTS),
    *(f"%n %{sign}{key}" for sign in "?#" for key in COUNTED),
    r"%n\t%v\n\\ \a\z|",
    "%n%%",
    "%Fp\t%Fs\t%Fu:%Fg %Fm",
]
PRINTF = [
    "%n: %C%{%Cn%|, %}",
    "%n-%v %L%{%Ln%| %l %}",
    "%n %O%{%On=%Ov%|,%}",
    "%n %O%{%Ok=%Ov%|,%}",
    "%n %A%{%An=%Av%| %}",
    "%n %F%{%Fn %Fp %#Fp %?Fp %Fu:%Fg %Ff %Fl %Ft %Fs%|;%}",
    "%n %D%{%Dn %Dp %Du %Dg%|;%}",
    "%n %d%{%dn-%dv %do %dk%|, %}",
    "%n %r%{%rn-%rv%| %}",
    "%n %B%{%n:%Bn %I%|,%}%b%{%bn%|,%}%y%{%yn%|,%}%Y%{%Yn%|,%}",
    "%n %U%{%Un%|,%} %G%{%Gn%|,%}",
    "%-10n|%10v|%C%{%5Cn|%-5Cn%|,%}",
    "%s %?s %#s %8s %08s %+s|%C%{%}",
    "%a %?a %#a %k %?k %#k %l %?l %#l %C%{%}",
    "%t %t%{%Y-%m-%d%} %C%{%}",
    "%?C %#C %?F %#F %C%{%}",
    "%M %C%{%}",
    "%n %C %O %A %d %C%{x%}",
]
CONDITIONS = [
    "%n = demo",
    "%n == 'demo'",
    "%n =~ PHP82",
    "%n =~ php82",
    "%n != demo",
    "%n ~ 'p*'",
    "%n ~ '[pP]*'",
    "%n !~ 'p*'",
    '%c = "a 50% demo"',
    "%s > 1000",
    "%s>=1023 && %s<20481",
    "%a = 1",
    "%a=0&&%k=1",
    "%V = 1 || %k = 1",
    "%a = 0 && %V = 0 || %n = libdep",
    "(%a = 1 || %k = 1) && %s > 20480",
    "%t < 1650000000",
    "%#d > 0",
    "%#d = 1",
    "%?d = 0",
    "%#r >= 2",
    "%#F > 3",
    "%#D = 2",
    "%#L = 0",
    "%?O = 1",
    "%dn = libdep",
    "%dn != libdep",
    "%do ~ 'devel/*'",
    "%dv = 1.9",
    "%rn = demo",
    "%ro !~ 'devel/*'",
    "%rv = 8.1.2.r1",
    "%C = net",
    "%C != net",
    "%L ~ 'GPL*'",
    "%B = libdep.so.2",
    "%b ~ '*dep*'",
    "%y = vi-editor",
    "%Y = vi-editor",
    "%At = flavor",
    "%Av = py311",
    "%At != flavor",
    "%M ~ '*hello*'",
    "%M != 'x'",
    "%e ~ '*more*'",
    "%m = ports@example.org",
    "%w = UNKNOWN",
    "%p = /usr/local",
    "%q = FreeBSD:14:amd64",
    "%o ~ lang/*",
]
NAMES = [
    ["demo"],
    ["demo-1.2_3,1"],
    ["devel/demo"],
    ["net/demo"],
    ["python/demo@py311"],
    ["devel/demo@py311"],
    ["games/cats-dogs"],
    ["php81", "demo"],
    ["-g", "p*"],
    ["-g", "*-[0-9]*"],
    ["-g", "lang/*"],
    ["-i", "php82"],
    ["-ig", "php*"],
    ["-x", "^p"],
    ["-ix", "^p"],
    ["-Cx", "^P"],
    ["-x", "devel/.*"],
    ["-x", r"[0-9]\.1"],
    ["nothing"],
    ["-a"],
    [],
]
VIEWS = [
    *([f"-{letter}"] for letter in "AbBdDIklopRrsfE"),
    *([f"-q{letter}"] for letter in "AbBdDIklopRrsfE"),
    *([letter] for letter in ("-op", "-dr", "-dk", "-Ads", "-lD", "-qop", "-qdr", "-sI", "-fl")),
    *(["-R", f"--raw-format={form}"] for form in ("ucl", "json", "json-compact", "yaml")),
    ["-e"],
    ["-q"],
    ["-O"],
    ["-qO"],
]
INFO = [
    *([*view, name] for view in VIEWS for name in ("demo", "libdep", "cats+dogs", "PHP82")),
    *([*view, "-a"] for view in VIEWS if "-R" not in view and "R" not in view[0]),
    *(["-E", *name] for name in NAMES if name),
    *(["-q", *name] for name in NAMES),
    *(["-I", *name] for name in NAMES if name),
    *([name] for name in ("demo>1.0", "demo<1.0", "demo>=1.2_3,1", "demo>1<9,9", "demo=1")),
    [],
    ["-q"],
    ["-a"],
    ["-qa"],
    ["de*"],
    ["demo", "libdep"],
    ["devel/demo/"],
]
WHICH = [
    ["/usr/local/bin/demo"],
    ["/usr/local/bin/demo-link"],
    ["/usr/local//bin/./demo"],
    ["/usr/local/bin/../bin/demo"],
    ["/usr/local/share/a b/c{d}"],
    ["/nowhere"],
    ["-q", "/nowhere"],
    ["-q", "/usr/local/bin/php"],
    ["-o", "/usr/local/bin/php"],
    ["-qo", "/usr/local/bin/php"],
    ["-g", "/usr/local/bin/*"],
    ["-qg", "*demo*"],
    ["-qog", "*demo*"],
    ["-gm", "/usr/local/bin/[dp]*"],
    ["-g", "/nowhere*"],
    ["/usr/local/bin/php", "/nowhere"],
]

OWN_ANSWERS = {
    "%R": "the repository, as the manual says; pkg 2.8 prints nothing",
    "%X": "the manifest digest; pkg 2.8 prints nothing",
    "%%": "a per cent sign; pkg refuses it",
}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("image")
    with (
        Root(folder, ownership=Ownership.APPLY) as root,
        database_of(root).write() as transaction,
    ):
        transaction.register(*sample_root.packages())
    return folder


@pytest.fixture
def pkg(judged: Callable[[str], str], image: Path) -> Callable[..., tuple[int, str]]:
    program = judged("PORTFAKE_PKG")
    settings = ["-o", "ABI=FreeBSD:14:amd64", "-o", "OSVERSION=1400097"]
    command = [program, *settings, "-C", "/dev/null", "-R", "/nonexistent", "-r", str(image)]

    def run(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [*command, *words],
            capture_output=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
        return done.returncode, done.stdout.decode()

    return run


def ours(verb: str, image: Path, words: list[str]) -> tuple[int, str]:
    answer = call(verb, "--root", image, *words)
    return answer.status, answer.out


def differing(
    pkg: Callable[..., tuple[int, str]], image: Path, verb: str, calls: list[list[str]]
) -> list[str]:
    found = []
    crashes = 0
    calls = [
        words for words in calls if not any(key in word for key in OWN_ANSWERS for word in words)
    ]
    for words in calls:
        theirs, mine = pkg(verb, *words), ours(verb, image, words)
        if theirs[0] < 0:
            crashes += 1
            continue
        # pkg ends no raw manifest with a newline, and has status 1 for every failure.
        same_text = theirs[1].rstrip("\n") == mine[1].rstrip("\n")
        if bool(theirs[0]) != bool(mine[0]) or not same_text:
            found.append(f"{verb} {words}\n  pkg      {theirs}\n  portfake {mine}")
    equal = len(calls) - len(found) - crashes
    print(f"\n{verb}: {equal} of {len(calls)} answers equal; pkg crashed on {crashes}")
    print("\n".join(found))
    return found


def options(words: list[str]) -> list[str]:
    return [word for word in words if word.startswith("-")]


def plain(words: list[str]) -> list[str]:
    return [word for word in words if not word.startswith("-")]


def test_query(pkg: Callable[..., tuple[int, str]], image: Path) -> None:
    calls = [
        *([form] for form in (*FORMATS, *PRINTF)),
        *(["-e", condition, "%n"] for condition in CONDITIONS),
        *([*options(names), "%n %v", *plain(names)] for names in NAMES),
        ["-g", "-e", "%a = 0", "%n", "*p*"],
    ]
    assert differing(pkg, image, "query", calls) == []


def test_info(pkg: Callable[..., tuple[int, str]], image: Path) -> None:
    assert differing(pkg, image, "info", INFO) == []


def test_which(pkg: Callable[..., tuple[int, str]], image: Path) -> None:
    assert differing(pkg, image, "which", WHICH) == []
