"""Commands against the host's tools, in what both share; trees must come out equal."""

from __future__ import annotations

import pytest

from tests.shell.worlds import Same, paragraphs

TREE = {
    "a": "one\ntwo\nthree\n",
    "b#755": "#!/bin/sh\necho b\n",
    "c": "no newline",
    "empty": "",
    "d": None,
    "d/x": "x\n",
    "d/y#600": "y\n",
    "d/sub#700": None,
    "d/sub/z.txt": "z\n",
    "d/.hidden": "h\n",
    "link": "-> a",
    "dlink": "-> d",
    "broken": "-> nowhere",
    "hard": "= a",
    "with space": "w\n",
    "words": "b 2\na 10\nc 1\na 9\n",
}


@pytest.mark.parametrize("script", paragraphs("copying.sh"))
def test_copying_and_removing(same: Same, script: str) -> None:
    same(script, TREE)


@pytest.mark.parametrize("script", paragraphs("text.sh"))
def test_text_tools(same: Same, script: str) -> None:
    same(script, TREE)


@pytest.mark.parametrize("script", paragraphs("find.sh"))
def test_find(same: Same, script: str) -> None:
    same(script, TREE)


@pytest.mark.parametrize("script", paragraphs("sed.sh"))
def test_sed(same: Same, script: str) -> None:
    same(script, TREE)


@pytest.mark.parametrize("script", paragraphs("archives.sh"))
def test_archives(same: Same, script: str) -> None:
    same(script, TREE)
