"""Packing lists evaluated over stages."""

from __future__ import annotations

import pytest

from portfake.errors import InputError, Problems
from portfake.formats import keyword, plist
from portfake.model.entry import Entry, EntryType, Listing
from portfake.model.manifest import Message, PackagedDirectory, Phase
from portfake.packages import prepackaging
from portfake.packages.packing import PackedList, pack
from portfake.packages.sums import link_sum

KEYWORDS = {
    "both": "actions: [dir, file(1)]\narguments: true",
    "owned": "actions: [file]\nattributes { owner: www, mode: '0600' }",
    "run": "actions: []\npreformat_arguments: true\npost-install: '%@'",
    "say": "actions: []\nmessages: [{ message: hello, type: install }]",
    "lua": "actions: [file(1)]\narguments: true\npost-install-lua: 'f(%1)'\npost-install: 'g %#'",
    "old": "actions: [file]\ndeprecated: true\ndeprecation_message: stop it",
    "checked": "actions: [file]\nprepackaging: 'return unheard_of'",
    "there": "actions: [setprefix]",
}


def stage() -> Listing:
    folder, file, link = EntryType.DIRECTORY, EntryType.FILE, EntryType.SYMLINK
    return Listing(
        [
            Entry(path="/usr/local/bin", type=folder, mode=0o755),
            Entry(path="/usr/local/bin/a", type=file, mode=0o555, size=10, mtime=5),
            Entry(path="/usr/local/bin/b", type=file, mode=0o555, size=7),
            Entry(path="/usr/local/bin/c", type=file, size=7, link_of="/usr/local/bin/b"),
            Entry(path="/usr/local/bin/l", type=link, mode=0o777, target="/usr/local/bin/a"),
            Entry(path="/usr/local/bin/p", type=EntryType.FIFO, mode=0o600),
            Entry(path="/usr/local/etc/a.sample", type=file, mode=0o644, size=0),
            Entry(path="/usr/local/share/d", type=folder, mode=0o700),
            Entry(path="/opt/x", type=file, mode=0o644, size=1),
            Entry(path="/var/db/d", type=folder, mode=0o750),
        ]
    )  # fmt: skip


def packed(text: str) -> PackedList:
    return pack(
        plist.parse(text),
        stage(),
        prefix="/usr/local",
        keywords=lambda name: keyword.parse(KEYWORDS[name], name) if name in KEYWORDS else None,
        sum_of=lambda entry: f"2${entry.path.rpartition('/')[2]}",
    )


def attributes(text: str) -> dict[str, str]:
    return {
        file.path.rpartition("/")[2]: f"{file.owner}:{file.group}:{file.mode or 0:o}"
        for file in packed(text).files
    }


def test_files_come_in_order_of_their_paths_with_what_the_stage_knows() -> None:
    result = packed("bin/l\nbin/a\n/opt/x\n")
    assert [file.path for file in result.files] == [
        "/opt/x",
        "/usr/local/bin/a",
        "/usr/local/bin/l",
    ]
    plain, link = result.files[1:]
    assert (plain.sum, plain.mode, plain.mtime, plain.target) == ("2$a", 0o555, 5, None)
    assert (link.sum, link.target) == (link_sum("/usr/local/bin/a"), "/usr/local/bin/a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bin/a", {"a": "root:wheel:555"}),
        ("@(www,,0600) bin/a", {"a": "www:wheel:600"}),
        ("@owner www\nbin/a\n@owner\nbin/b", {"a": "www:wheel:555", "b": "root:wheel:555"}),
        ("@group g\n@mode 0640\n@(,h,) bin/a\nbin/b", {"a": "root:h:640", "b": "root:g:640"}),
        ("@mode u=rw\nbin/a\n@mode\nbin/b", {"a": "root:wheel:600", "b": "root:wheel:555"}),
        # pkg applies a keyword's own attributes only where the line has some.
        ("@owned bin/a", {"a": "root:wheel:555"}),
        ("@owned(,g,) bin/a", {"a": "www:g:600"}),
    ],
)
def test_attributes(text: str, expected: dict[str, str]) -> None:
    assert attributes(text + "\n") == expected


def test_folders_default_to_0755_without_attributes_and_else_to_the_stage() -> None:
    result = packed("@dir share/d\n@dir(www,,) /var/db/d\n")
    assert result.directories == (
        PackagedDirectory(path="/usr/local/share/d", mode=0o755),
        PackagedDirectory(path="/var/db/d", owner="www", mode=0o750),
    )


def test_one_inode_counts_once_and_links_count_their_text() -> None:
    assert packed("bin/a\nbin/b\nbin/c\nbin/l\n").flatsize == 10 + 7 + len("/usr/local/bin/a")


def test_config_keeps_regular_files_and_first_names_alone() -> None:
    assert packed("@config bin/l\n@config bin/b\n@config bin/c\n").config == ("/usr/local/bin/b",)
    with pytest.raises(InputError, match="duplicate file listing"):
        packed("@config bin/a\n@config bin/a\n")


def test_cwd_moves_relative_paths_and_scripts_follow() -> None:
    result = packed("@cwd /opt\nx\n@cwd\nbin/a\n@there /opt\n@run echo %D\n")
    assert [file.path for file in result.files] == ["/opt/x", "/usr/local/bin/a"]
    moves = "cd /opt\ncd /usr/local\ncd /opt\n"
    assert result.scripts == {
        Phase.POST_INSTALL: moves + "echo /opt\n",
        Phase.PRE_DEINSTALL: moves,
        Phase.POST_DEINSTALL: moves,
    }


def test_paths_are_made_plain_and_stay_inside() -> None:
    assert [file.path for file in packed("bin//./a\n../../../opt/x\n").files] == [
        "/opt/x",
        "/usr/local/bin/a",
    ]


def test_override_prefix_moves_files_on_their_way_into_the_package() -> None:
    result = packed("@override_prefix /plop\nbin/a\n/opt/x\n")
    assert [file.path for file in result.files] == ["/opt/x", "/plop/bin/a"]
    assert result.staged == {"/plop/bin/a": "/usr/local/bin/a"}


def test_keywords_act_run_and_tell() -> None:
    result = packed('@lua "bin/a" x\nbin/b\n@run echo %F %%\n@say\n')
    assert result.lua_scripts == {Phase.POST_INSTALL: ('-- args: "bin/a" x\nf(bin/a)',)}
    assert result.scripts == {Phase.POST_INSTALL: '# args: "bin/a" x\ng 2\necho bin/b %\n'}
    assert [message.text for message in result.messages] == ["hello"]
    assert isinstance(result.messages[0], Message)


def test_an_argument_number_holds_for_the_actions_after_it() -> None:
    text = KEYWORDS["both"].replace("[dir, file(1)]", "[file(1), comment]")
    assert keyword.parse(text, "x").actions[1].argument is None
    with pytest.raises(InputError, match="not in the stage"):
        packed("@both bin/a b\n")


def test_notes_on_what_pkg_only_mutters_about() -> None:
    result = packed("bin/a\nbin/a\n@old bin/b\n@name other-1.0\n")
    assert result.notes == (
        "/usr/local/bin/a is listed twice",
        "plist:3: Use of '@old' is deprecated: stop it",
    )
    assert (result.name, result.version) == ("other", "1.0")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("bin/missing", "not in the stage"),
        ("bin", "is a folder, listed as a file"),
        ("bin/p", "is a fifo, listed as a file"),
        ("@dir bin/a", "is no folder"),
        ("@dir missing", "not in the stage"),
        ("@dir /", "of no use"),
        ("@cwd opt", "not absolute"),
        ("@unheard x", "unknown keyword @unheard"),
        ("@dirrm share/d", "unknown keyword @dirrm"),
        ("@run %F", "no file was listed"),
        ("@checked bin/a", "does not know"),
    ],
)
def test_wrong_lines_are_told_with_their_place(line: str, message: str) -> None:
    with pytest.raises(InputError, match=f"plist:2: .*{message}"):
        packed(f"/opt/x\n{line}\n") if "%F" not in line else packed(f"@say\n{line}\n")


def test_all_wrong_lines_are_told_together() -> None:
    with pytest.raises(Problems) as caught:
        packed("bin/x\nbin/a\nbin/y\n@unheard\n")
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["etc/a.sample"], None),
        (["etc/a", "etc/b"], None),
        (["etc/a"], "wants the extension"),
        (["etc/a", "etc/a"], "same argument twice"),
        (["a", "b", "c"], "one or two arguments, not 3"),
        ([], "one or two arguments, not 0"),
    ],
)
def test_the_check_of_sample(arguments: list[str], complaint: str | None) -> None:
    found = prepackaging._sample(arguments)  # known by digest, which only the real text has
    assert (found is None) if complaint is None else (found is not None and complaint in found)
