"""Crates from git repositories: site, file name and folder, as Uses/cargo.mk wants them."""

import pytest

from portfake.shell.commands.cargo_sources import gitlab_hosts, source_lines

HOSTS = frozenset({"gitlab.example.org"})


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (
            "one,two@git+https://github.com/Some/Project.git#0123abc",
            "https://codeload.github.com/Some/Project/tar.gz/0123abc?dummy=/ "
            "Some-Project-0123abc_GH0.tar.gz Project-0123abc one,two",
        ),
        (
            "one@git+https://GitHub.com/some/project?tag=v1.0+b2#0123abc",
            "https://codeload.github.com/some/project/tar.gz/v1.0+b2?dummy=/ "
            "some-project-v1.0+b2_GH0.tar.gz project-1.0-b2 one",
        ),
        (
            "one@git+https://gitlab.example.org/group/sub/project.git#0123abc",
            "https://gitlab.example.org/group/sub/project/-/archive/0123abc.tar.gz?dummy=/ "
            "group-sub-project-0123abc_GL0.tar.gz project-0123abc one",
        ),
        (
            "one@git+https://gitlab.example.org/group/project?tag=v2#0123abc",
            "https://gitlab.example.org/group/project/-/archive/v2.tar.gz?dummy=/ "
            "group-project-v2_GL0.tar.gz project-v2-0123abc one",
        ),
    ],
)
def test_where_a_source_is(source: str, line: str) -> None:
    said: list[str] = []
    assert list(source_lines(source, HOSTS, said.append)) == [f"0 {line}"]
    assert said == []


@pytest.mark.parametrize(
    "source",
    ["one", "one@https://github.com/a/b#c", "one@git+https://example.org/a/b#c",
     "one@git+https://github.com/a#c"],
)  # fmt: skip
def test_what_is_not_known_is_warned_of(source: str) -> None:
    said: list[str] = []
    lines = list(source_lines(f"{source} two@git://github.com/a/b#c", HOSTS, said.append))
    assert [line.split()[0] for line in lines] == ["0"]
    assert len(said) == 1


def test_the_hosts_are_the_tree_s() -> None:
    script = 'BEGIN {\n\tgitlab_hosts["a.example"] = 1\n\tgitlab_hosts["b.example"] = 1\n}\n'
    assert gitlab_hosts(script) == {"a.example", "b.example"}
