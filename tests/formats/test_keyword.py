"""Keyword files and their escapes."""

from __future__ import annotations

import pytest

from portfake.errors import InputError, Problems
from portfake.formats import keyword
from portfake.formats.keyword import Action, Expansion
from portfake.model.attributes import Attributes
from portfake.model.manifest import Message, MessageType, Phase

FULL = """
actions: [dir, file(1), Config(2), unheard_of]
arguments: true
preformat_arguments: yes
attributes { owner: www, group: "www", mode: "0640" }
deprecated: true
deprecation_message: <<EOD
use another
EOD
post-install: <<EOD
  case "%@" in
  /*) f="%@" ;;
  esac
EOD
pre-deinstall-lua: "print('%1')"
messages [ { message: seen, type: install }, { message: always } ]
prepackaging: "return 0"
"""


def test_everything_a_keyword_can_say() -> None:
    found = keyword.parse(FULL, "demo")
    assert found.actions == (Action("dir"), Action("file", 1), Action("config", 2))
    assert (found.arguments, found.preformat_arguments, found.deprecated) == (True, True, True)
    assert found.attributes == Attributes("www", "www", 0o640)
    assert found.deprecation_message == "use another"
    assert found.scripts == {Phase.POST_INSTALL: '  case "%@" in\n  /*) f="%@" ;;\n  esac'}
    assert found.lua_scripts == {Phase.PRE_DEINSTALL: "print('%1')"}
    assert found.messages == (Message("seen", MessageType.INSTALL), Message("always"))
    assert found.prepackaging == "return 0"


def test_problems_carry_the_line_of_their_key() -> None:
    text = "arguments: 3\nactions: [file(x)]\nattributes { mode: u+x }\npost-install: [1]\n"
    with pytest.raises(Problems) as caught:
        keyword.parse(text, "demo", "Keywords/demo.ucl")
    assert sorted(str(problem).split(": ")[0] for problem in caught.value.problems) == [
        f"Keywords/demo.ucl:{line}" for line in (1, 2, 3, 4)
    ]


EXPANSION = Expansion("/usr/local", "share/doc/x.txt", "a b", ["a", "b"])


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("%D", "/usr/local"),
        ("%F", "share/doc/x.txt"),
        ("%f", "x.txt"),
        ("%B", "/usr/local/share/doc"),
        ("%@", "a b"),
        ("%#", "2"),
        ("%2-%1", "b-a"),
        ("100%%", "100%"),
        ("%x %", "%x %"),
    ],
)
def test_escapes(template: str, text: str) -> None:
    assert EXPANSION.expand(template) == f"# args: a b\n{text}"


def test_the_argument_line_is_a_comment_of_the_language() -> None:
    assert EXPANSION.expand("x", comment="--") == "-- args: a b\nx"
    assert Expansion("/p", line="a b").expand("%@") == "a b"


@pytest.mark.parametrize("template", ["%F", "%B", "%f", "%1", "%3"])
def test_what_is_not_there_cannot_be_expanded(template: str) -> None:
    with pytest.raises(InputError):
        Expansion("/p", line="").expand(template)
