"""MOVED of the ports tree: old|new|date|reason."""

import pytest

from portfake.errors import InputError
from portfake.formats.moved import Moved, parse_moved


def test_moves_and_removals() -> None:
    text = "# comment\n\na/b|c/d@x|2020-01-02|Renamed|twice\na/c||2020-02-03|Gone\u2028away\f\n"
    assert parse_moved(text) == (
        Moved("a/b", "c/d@x", "2020-01-02", "Renamed|twice"),
        Moved("a/c", "", "2020-02-03", "Gone\u2028away\f"),
    )


@pytest.mark.parametrize("line", ["a/b|c/d|2020-01-02", "a/b|c/d|soon|why", "|c|2020-01-02|why"])
def test_malformed_lines_name_their_place(line: str) -> None:
    with pytest.raises(InputError, match="MOVED:2"):
        parse_moved(f"# first\n{line}\n")
