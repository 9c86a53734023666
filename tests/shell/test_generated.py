"""Trees, command lines and scripts that Hypothesis makes, run by the interpreter and by dash."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.shell.worlds import Same

MODERATE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
MODES = st.sampled_from(["644", "600", "755", "4755", "2711", "444", "666"])
FOLDERS = st.sampled_from(["755", "700", "711", "775"])
CONTENT = st.sampled_from(["", "x\n", "one\ntwo\nthree\n", "no newline", "a b\n", "\0\1\n"])


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str | None]:
    """Up to a dozen objects: folders d and e with something in them, files, links."""
    tree: dict[str, str | None] = {}
    for folder in ("", "d/", "e/"):
        if folder:
            tree[f"{folder[:-1]}#{draw(FOLDERS)}"] = None
        for name in draw(st.sets(st.sampled_from(["a", "b", "c", "l"]), max_size=4)):
            if name == "l":
                tree[f"{folder}l"] = "-> " + draw(st.sampled_from(["a", "d", "../a", "."]))
            else:
                tree[f"{folder}{name}#{draw(MODES)}"] = draw(CONTENT)
    if draw(st.booleans()):
        tree["d/s#755"] = None
        tree[f"d/s/f#{draw(MODES)}"] = draw(CONTENT)
    return tree


def plain(tree: Iterable[str]) -> list[str]:
    return sorted(name.partition("#")[0] for name in tree)


NAMES = ["a", "b", "c", "d", "e", "d/a", "d/b", "d/s", "d/s/f", "e/c", "new", "e/new", "no/new"]
NAME = st.sampled_from(NAMES)
SYMBOLIC = st.sampled_from(
    [
        "u+x",
        "go-rwx",
        "a=r",
        "u=rwx,go=rx",
        "g=u",
        "o=g",
        "+x",
        "u+s",
        "a+rX",
        "ug-s",
        "o+w",
    ]
)


def joined(*parts: str | st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(
        *[part if isinstance(part, st.SearchStrategy) else st.just(part) for part in parts]
    ).map(" ".join)


COMMAND = st.one_of(
    joined("cp", st.sampled_from(["", "-n"]), NAME, NAME),
    joined("cp -R", st.sampled_from(["", "-P"]), NAME, NAME),
    joined("cp", NAME, NAME, st.sampled_from(["d", "e", "new"])),
    joined("mv", st.sampled_from(["", "-f", "-n"]), NAME, NAME),
    joined("mv", NAME, NAME, st.sampled_from(["d", "e"])),
    joined(
        "ln -s", st.sampled_from(["", "-f"]), NAME, st.sampled_from(["new", "k", "d", "d/k", "a"])
    ),
    joined("rm", st.sampled_from(["", "-f", "-r", "-rf"]), NAME, NAME),
    joined("rmdir", NAME),
    joined("mkdir", st.sampled_from(["", "-p", "-m 711", "-p -m 700"]), NAME),
    joined("chmod", st.sampled_from(["", "-R"]), SYMBOLIC, NAME),
    joined("chmod", st.sampled_from(["", "-R"]), MODES, NAME),
    joined("touch", st.sampled_from(["", "-c"]), NAME),
    joined("install -m", MODES, st.sampled_from(["a", "b", "d/a"]), NAME),
    joined("install -d -m", FOLDERS, st.sampled_from(["new", "e", "d/new", "a/x"])),
    joined("umask", st.sampled_from(["022", "077", "027"])),
)
# GNU refuses what BSD does here: two names of one file, a copy into itself, overwriting what the
# same call made; those lines are left out, and hard links are. Versions of GNU's cp -n differ in
# their status.
GNU_ONLY = ("mv", "cp", "ln", "install")


def shared(line: str) -> bool:
    if line.startswith("cp -n"):
        return False
    words = [word for word in line.split() if not word.startswith("-")]
    if words[0] not in GNU_ONLY:
        return True
    paths = words[1:] if words[0] != "install" else words[2:]
    last = paths[-1]
    bases = [path.rpartition("/")[2] for path in paths[:-1]]
    return len(set(bases)) == len(bases) and not any(
        path == last or last.startswith(f"{path}/") or path.startswith(f"{last}/")
        for path in paths[:-1]
    )


@MODERATE
@given(trees(), st.lists(COMMAND.filter(shared), min_size=1, max_size=5))
def test_trees_change_alike(same: Same, tree: dict[str, str | None], lines: list[str]) -> None:
    tree = {name: content for name, content in tree.items() if not str(content).startswith("-> ")}
    same("\n".join(f"{line} 2>/dev/null || echo failed" for line in lines), tree)


PRIMARY = st.one_of(
    joined("-name", st.sampled_from(["a", "'[ab]'", "'*'", "'?'", "'.*'"])),
    joined("-type", st.sampled_from(["f", "d", "l"])),
    joined(r"\( -type f -perm", st.sampled_from(["644", "-200", "-4000", "755"]), r"\)"),
    joined("-path", st.sampled_from(["'./d/*'", "'*s*'"])),
    st.sampled_from(["-empty", "-true", "-links 1", "-size 0", "-false"]),
)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(["", "! "])) + draw(PRIMARY)
    left, right = draw(expressions(depth=depth - 1)), draw(expressions(depth=depth - 1))
    operator = draw(st.sampled_from([" ", " -a ", " -o "]))
    text = f"{left}{operator}{right}"
    return rf"\( {text} \)" if draw(st.booleans()) else text


@MODERATE
@given(
    trees(),
    st.sampled_from([".", "d", "d e", "-L d", "-H l"]),
    st.sampled_from(["", "-maxdepth 1", "-mindepth 1", "-depth"]),
    expressions(),
    st.sampled_from(["-print", "-exec echo {} \\;", "-prune -o -print", ""]),
)
def test_find_finds_alike(  # noqa: PLR0917 - Hypothesis passes what it makes
    same: Same, tree: dict[str, str | None], start: str, bound: str, expression: str, action: str
) -> None:
    tree = {name: content for name, content in tree.items() if content != "-> ."}
    if start.endswith("l") and "l" not in plain(tree):
        start = "."
    text = f"\\( {expression} \\) {action}" if action else expression
    same(f"find {start} {bound} {text} 2>/dev/null | sort", tree)


LINES = st.lists(
    st.sampled_from(["a", "b", "ab", "", "a b", "foo bar", "x=1", "aab", "  z"]), max_size=7
)
ADDRESS = st.sampled_from(
    ["", *["1", "2", "$", "/a/", "2,3", "/a/,/b/", "1,/b/", "/b/,$", "1!", "/a/!", "$!"]]
)
SED_COMMAND = st.sampled_from(
    [
        *[
            r"d",
            r"p",
            r"h",
            r"H",
            r"g",
            r"G",
            r"x",
            r"n",
            r"=",
            r"P",
            r"q",
            r"s/a/X/",
            r"s/a/X/g",
            r"s/\(a\)\(.\)/\2\1/",
            r"s/^/>/",
            r"s/$/</",
            r"s/b*/-/g",
        ],
        *["s/[^a]/./2", "y/ab/ba/", "s/a/&&/p"],
        "s/ /\\\n/",
        "a\\\nnew",
        "i\\\nnew",
        "c\\\nnew",
    ]
)


@MODERATE
@given(LINES, st.lists(st.tuples(ADDRESS, SED_COMMAND), min_size=1, max_size=4), st.booleans())
def test_sed_edits_alike(
    same: Same, lines: list[str], commands: list[tuple[str, str]], quiet: bool
) -> None:
    one = {"a", "i", "q"}
    script = []
    for address, command in commands:
        if command[0] in one and "," in address:
            address = "1"
        if command[0] == "c":
            address = address.rstrip("!") if "," not in address else "2"
        script.append(address + command)
    if len(script) > 1:
        # GNU's sed starts a range late where its first line was passed over, BSD's does not
        script = [re.sub(r"^\d,(\d|/b/)", "1", line) for line in script]
    text = "\n".join(script)
    same(f"sed {'-n' if quiet else ''} '{text}' f", {"f": "".join(f"{line}\n" for line in lines)})


SORT = st.sampled_from(
    [
        "",
        "-t' ' -k2",
        "-s -k1,1",
        *["-r", "-n", "-u", "-k2", "-k2,2", "-k1.2", "-f", "-b", "-rn", "-d"],
    ]
)
FILTERS = r"""
uniq
uniq -d
uniq -u
cut -c2-
cut -d' ' -f1
cut -sd= -f2
tr a-b A-B
tr -d a
tr -s ab
tr -c 'a\n' .
tr ' ' '\n'
head -2
tail -2
tail -n +2
grep a
grep -v a
grep -n '^a'
grep -E 'a|b$'
grep -o 'a.'
grep -xF ab
grep -iw A
rev
fold -w 2
cat
cat -n
nl -ba
sed 1d
"""
FILTER = st.one_of(
    SORT.map(lambda options: f"sort {options}"),
    st.sampled_from(FILTERS.strip().split("\n")),
)


@MODERATE
@given(LINES, st.lists(FILTER, min_size=1, max_size=3))
def test_filters_give_the_same(same: Same, lines: list[str], filters: list[str]) -> None:
    same(f"<f {' | '.join(filters)}", {"f": "".join(f"{line}\n" for line in lines)})


ATOMS = r"""
a
'b c'
"d  e"
${x}
"${x}"
${u-d}
${u:-$x}
"${u:-$x}"
${x%b*}
${x##* }
${x:+y}
${x+'z z'}
${#x}
${u}
${e}
"${e}"
$1
"$@"
"$*"
$#
*
'*'
\*
d/*
[ab]
`echo q r`
"`echo q  r`"
$(echo s)
$((1+2))
\$x
''
""
~
=
"""
ATOM = st.sampled_from(ATOMS.strip().split("\n"))
WORDS = st.lists(st.lists(ATOM, min_size=1, max_size=3).map("".join), max_size=4).map(" ".join)


@MODERATE
@given(WORDS, st.sampled_from([" \t\n", ":", " ", "", "b", ": "]))
def test_words_expand_alike(same: Same, words: str, separators: str) -> None:
    script = (
        f"x='a b:c*'; e=; IFS='{separators}'; set -- '1 2' '' 3; "
        f"for w in {words}; do printf '<%s>' \"$w\"; done"
    )
    same(script, {"a": "", "b": "", "d": None, "d/f": ""})


SIMPLE = ["true", "false", "echo a", "(exit 3)", "f", "x=$(false)", "! true", "echo $?"]
FORMS = """
{0}; {1}
{0} && {1}
{0} || {1}
! {{ {0}; }}
({0}; {1})
{{ {0}; {1}; }}
if {0}; then {1}; else {2}; fi
for i in 1 2; do {0}; {1}; done
{0} | {{ cat; {1}; }}
while {0}; do {1}; break; done
case $( echo x; {0} ) in x) {1};; *) {2};; esac
f; {0}
x=$( {0} ); {1}
"""


@st.composite
def scripts(draw: st.DrawFn, depth: int = 3) -> str:
    """Nested lists, tests and loops of commands that succeed, fail and speak."""
    if depth == 0:
        return draw(st.sampled_from(SIMPLE))
    part = scripts(depth=depth - 1)
    form = draw(st.sampled_from(FORMS.strip().split("\n")))
    return form.format(draw(part), draw(part), draw(part))


@MODERATE
@given(scripts(), st.booleans())
def test_control_flow_goes_alike(same: Same, script: str, errexit: bool) -> None:
    # FreeBSD's sh forgets in the stages of a pipe that they are tested, dash does not
    errexit = errexit and " | " not in script
    same(f"f() {{ false; echo f; return 2; }}\n{script}\necho end", errexit=errexit)
