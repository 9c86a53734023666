"""plan --output and install --plan; --metalog; what a record says of its making."""

from __future__ import annotations

from pathlib import Path

from tests.command_line import Scene, call, files_of, rows, write_small_package


def test_a_saved_plan_is_done_elsewhere(scene: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    words: list[str | Path] = ["--root", scene.root, *scene.target, "--no-deps", "--output", folder]
    assert call("plan", *words, "misc/fieldguide").status == 0
    assert sorted(path.name for path in folder.iterdir()) == ["fieldguide-3.0.pkg", "plan.json"]
    done = call("install", "--root", scene.root, "--plan", folder, "--abi", scene.abi)
    assert done.status == 0, done.err
    assert "/usr/local/bin/fieldguide" in files_of(scene.root)


def test_the_same_plan_twice_is_the_same_bytes(scene: Scene, tmp_path: Path) -> None:
    package = write_small_package(tmp_path, "demo")
    for name in ("one", "two"):
        words: list[str | Path] = [
            "--root",
            scene.root,
            "--abi",
            scene.abi,
            "--output",
            tmp_path / name,
        ]
        assert call("plan", *words, package).status == 0
    texts = [(tmp_path / name / "plan.json").read_text() for name in ("one", "two")]
    assert texts[0] == texts[1]


def test_another_outcome_is_refused_and_shown(scene: Scene, tmp_path: Path) -> None:
    package = write_small_package(tmp_path, "demo")
    folder = tmp_path / "saved"
    words: list[str | Path] = ["--root", scene.root, "--abi", scene.abi]
    assert call("plan", *words, "--output", folder, package).status == 0
    assert call("install", *words, write_small_package(tmp_path / "old", "demo", "0.9")).status == 0
    answer = call("install", "--json", *words, "--plan", folder)
    assert answer.status == 77
    assert 'plan.packages[0].action was "install", is "upgrade"' in answer.errors[0]["error"]
    assert rows(scene.root, "SELECT version FROM packages WHERE name = 'demo'") == [("0.9",)]


def test_a_package_that_was_changed_is_refused(scene: Scene, tmp_path: Path) -> None:
    package = write_small_package(tmp_path, "demo")
    folder = tmp_path / "saved"
    words: list[str | Path] = ["--root", scene.root, "--abi", scene.abi]
    assert call("plan", *words, "--output", folder, package).status == 0
    with (folder / "demo-1.0.pkg").open("ab") as file:
        file.write(b"x")
    answer = call("install", "--json", *words, "--plan", folder)
    assert answer.status == 65
    assert "not the package that was planned with" in answer.errors[0]["error"]


def recorded_annotations(scene: Scene) -> dict[str, str]:
    return dict(
        rows(
            scene.root,
            "SELECT tag.annotation, value.annotation FROM pkg_annotation"
            " JOIN packages ON packages.id = package_id AND name = 'fieldguide'"
            " JOIN annotation tag ON tag_id = tag.annotation_id"
            " JOIN annotation value ON value_id = value.annotation_id",
        )
    )


def test_a_record_says_of_what_it_was_made(scene: Scene) -> None:
    assert scene.install("--no-deps", "misc/fieldguide").status == 0
    said = recorded_annotations(scene)
    assert said["portfake_version"]
    assert len(said["portfake_inputs"]) == 64


def test_no_annotate(scene: Scene) -> None:
    assert scene.install("--no-deps", "--no-annotate", "misc/fieldguide").status == 0
    assert not [tag for tag in recorded_annotations(scene) if tag.startswith("portfake")]


def test_metalog(scene: Scene, tmp_path: Path) -> None:
    metalog = tmp_path / "METALOG"
    metalog.write_text("#mtree 2.0\n./etc type=dir uname=root gname=wheel mode=0755\n")
    words: list[str | Path] = ["--metalog", metalog, "--root", scene.root]
    package = write_small_package(tmp_path, "demo")
    assert call("install", *words, "--abi", scene.abi, package).status == 0
    lines = metalog.read_text().splitlines()
    assert lines[:2] == ["#mtree 2.0", "./etc type=dir uname=root gname=wheel mode=0755"]
    assert "./usr/local/bin/demo type=file uname=root gname=wheel mode=0755" in lines
    paths = [line.split()[0] for line in lines[1:]]
    assert "./var/db/pkg/local.sqlite" in paths
    for path in paths:
        parent = path.rpartition("/")[0]
        assert parent in {".", *paths[: paths.index(path)]} or path == "."
    assert call("delete", *words, "demo").status == 0
    left = [line.split()[0] for line in metalog.read_text().splitlines()]
    assert "./usr/local/bin/demo" not in left
    assert "./etc" in left


def test_set_id_bits_go_to_the_metalog_alone(empty: Scene, tmp_path: Path) -> None:
    origin = empty.port(
        "@${PRINTF} x > ${STAGEDIR}${PREFIX}/bin/demo",
        lines='DISTFILES=\nPLIST_FILES=\t"@(root,operator,4750) bin/demo"',
    )
    (empty.root / "etc").mkdir()
    (empty.root / "etc/group").write_text("wheel:*:0:root\noperator:*:5:root\n")
    metalog = tmp_path / "METALOG"
    answer = empty.install("--no-deps", "--metalog", metalog, origin)
    assert answer.status == 0, answer.err
    (line,) = [text for text in metalog.read_text().splitlines() if "/bin/demo " in text]
    assert "gname=operator mode=04750" in line
    status = (empty.root / "usr/local/bin/demo").stat()
    assert status.st_mode & 0o6000 == 0
    assert status.st_gid == 0
