"""+CONTENTS of pkg_install: what each line means, and what is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.errors import InputError
from portfake.formats.contents import Contents, RecordedFile, Requirement, parse, to_text

MD5 = "d41d8cd98f00b204e9800998ecf8427e"
HEAD = "@comment PKG_FORMAT_REVISION:1.1\n@name bash-4.2_1,1\n@comment ORIGIN:shells/bash\n"

WHOLE = f"""{HEAD}@cwd /usr/local
@pkgdep gettext-0.18.1
@comment DEPORIGIN:devel/gettext
@pkgdep old-1
@conflicts bash-3.*
@comment OPTIONS:+DOCS -NLS
bin/bash
@comment MD5:{MD5}
@mode 4755
@owner bin
@group
bin/bashbug
@comment MD5:{MD5}
@mode
@owner
@exec echo %F %D %B %f
share/a b/c
@unexec rmdir "%D/share" 2>/dev/null || true
/etc/shells.sample
@cwd /var
db/bash
@cwd
etc/bash.conf
@ignore
+DESC
@comment MD5:{MD5}
@dirrm share/a b
@Bogus what
@noinst not/there
@option extract-in-place
"""


def test_what_lines_mean() -> None:
    found = parse(WHOLE)
    assert (found.full_name, found.origin, found.prefix, found.revision) == (
        *("bash-4.2_1,1", "shells/bash", "/usr/local", "1.1"),
    )
    assert found.requirements == (
        Requirement("gettext-0.18.1", "devel/gettext"),
        Requirement("old-1"),
    )
    assert found.conflicts == ("bash-3.*",)
    assert found.options == {"DOCS": "on", "NLS": "off"}
    assert found.files == (
        RecordedFile(path="/usr/local/bin/bash", md5=MD5),
        RecordedFile(path="/usr/local/bin/bashbug", md5=MD5, mode=0o4755, owner="bin"),
        RecordedFile(path="/usr/local/share/a b/c"),
        RecordedFile(path="/etc/shells.sample"),
        RecordedFile(path="/var/db/bash"),
        RecordedFile(path="/usr/local/etc/bash.conf"),
    )
    assert found.at_install == ("echo bin/bashbug /usr/local /usr/local/bin bashbug",)
    assert found.at_deinstall == ('rmdir "/usr/local/share" 2>/dev/null || true',)
    assert found.directories == ("/usr/local/share/a b",)
    assert found.unknown == ("@Bogus what",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no @name"),
        ("@name bash\n", "no @name"),
        ("@name -1\n", "no @name"),
        (f"{HEAD}@dirrm\n", "a path is missing"),
        (f"{HEAD}a\0b\n", "NUL"),
    ],
)
def test_what_makes_no_sense(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(text)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("../../etc/passwd", "/etc/passwd"),
        ("../../../../x", "/x"),
        ("//etc/x", "/etc/x"),
        ("@at", None),
    ],
)
def test_paths_stay_below_the_root(line: str, path: str | None) -> None:
    files = parse(f"{HEAD}@cwd /usr/local\n{line}\n").files
    assert [file.path for file in files] == ([] if path is None else [path])


def test_what_is_written() -> None:
    contents = Contents(
        full_name="a-1",
        origin="misc/a",
        requirements=(Requirement("b-2", "misc/b"),),
        files=(
            RecordedFile(path="/usr/local/bin/a", md5=MD5),
            RecordedFile(path="/usr/local/bin/su", mode=0o4555, group="operator"),
            RecordedFile(path="/usr/local/@at"),
            RecordedFile(path="/var/x"),
        ),
        directories=("/usr/local/share/a", "/var/a"),
        options={"DOCS": "on"},
    )
    assert to_text(contents).splitlines() == [
        *("@comment PKG_FORMAT_REVISION:1.1", "@name a-1", "@comment ORIGIN:misc/a"),
        *("@cwd /usr/local", "@pkgdep b-2", "@comment DEPORIGIN:misc/b", "@comment OPTIONS:+DOCS"),
        *("bin/a", f"@comment MD5:{MD5}"),
        *("@mode 4555", "@group operator", "bin/su", "@mode", "@group", "./@at"),
        *("@cwd /", "var/x", "@cwd"),
        *("@dirrm share/a", "@cwd /", "@dirrm var/a", "@cwd"),
    ]


@pytest.mark.parametrize("path", ["/usr/local/new\nline", "/usr/local/blank "])
def test_a_name_that_no_line_can_spell(path: str) -> None:
    with pytest.raises(InputError, match="cannot stand in a packing list"):
        to_text(Contents(full_name="a-1", files=(RecordedFile(path=path),)))


LETTERS = st.characters(codec="ascii", exclude_categories=("C", "Z"), exclude_characters="/%")
WORD = st.text(LETTERS, min_size=1).filter(lambda text: text not in {".", ".."})
PATH = st.lists(WORD, min_size=1, max_size=3).map(lambda words: "/" + "/".join(words))
FILE = st.builds(
    RecordedFile,
    path=PATH | PATH.map("/usr/local".__add__),
    md5=st.none() | st.just(MD5),
    mode=st.none() | st.integers(0, 0o7777),
    owner=st.none() | st.just("bin"),
    group=st.none() | st.just("bin"),
)


@given(
    st.builds(
        Contents,
        full_name=st.just("a-1"),
        prefix=st.sampled_from(["/usr/local", "/", "/opt/x"]),
        requirements=st.lists(st.builds(Requirement, WORD, st.just("a/b")), max_size=2).map(tuple),
        files=st.lists(FILE, max_size=4).map(tuple),
        directories=st.lists(PATH, max_size=2).map(tuple),
        options=st.dictionaries(WORD, st.sampled_from(["on", "off"]), max_size=2),
        at_install=st.lists(WORD, max_size=2).map(tuple),
    )
)
def test_what_is_written_is_read(contents: Contents) -> None:
    found = parse(to_text(contents))
    assert found.requirements == contents.requirements
    assert found.options == contents.options
    assert sorted(map(str, found.files)) == sorted(map(str, contents.files))
    assert sorted(found.directories) == sorted(contents.directories)
    assert (found.prefix, found.at_install) == (contents.prefix, contents.at_install)


@given(st.text())
def test_any_text_is_read_or_makes_no_sense(text: str) -> None:
    try:
        found = parse(f"{HEAD}{text}")
    except InputError:
        return
    assert all(file.path.startswith("/") for file in found.files)
