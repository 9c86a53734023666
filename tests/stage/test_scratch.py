"""Work folders belong to their run, whoever sweeps beside it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from portfake.stage.scratch import scratch_folder, sweep


def sweeping(place: Path) -> list[str]:
    return sweep(str(place), lambda folder: ())


def test_a_folder_in_use_stays_and_one_left_behind_goes(tmp_path: Path) -> None:
    left = tmp_path / "portfake.work.abcd_123"
    (left / "below").mkdir(parents=True)
    other = tmp_path / "portfake.work.notours"
    other.mkdir()
    with scratch_folder(str(tmp_path)) as used:
        assert sweeping(tmp_path) == [str(left)]
        assert {str(each) for each in tmp_path.iterdir()} == {used, str(other)}
    assert list(tmp_path.iterdir()) == [other]


def test_one_killed_before_its_lock_goes_when_nobody_can_be_about_to_take_it(
    tmp_path: Path,
) -> None:
    young, old = tmp_path / "portfake.new.young_12", tmp_path / "portfake.new.old_1234"
    young.mkdir()
    old.mkdir()
    os.utime(old, (0, 0))
    assert sweeping(tmp_path) == [str(old)]
    assert list(tmp_path.iterdir()) == [young]


def test_what_only_has_the_name_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    link, file = tmp_path / "portfake.work.link_123", tmp_path / "portfake.work.file_123"
    link.symlink_to(target)
    file.touch()
    assert sweeping(tmp_path) == []
    assert link.is_symlink()
    assert file.exists()
    assert target.exists()


def test_sweeps_that_run_all_the_time_take_no_folder_away(tmp_path: Path) -> None:
    """Also in the moment between making a folder and locking it."""
    ended = threading.Event()

    def sweep_on() -> None:
        while not ended.is_set():
            sweeping(tmp_path)

    sweepers = [threading.Thread(target=sweep_on) for _ in range(2)]
    for each in sweepers:
        each.start()
    try:
        for _ in range(60):
            with scratch_folder(str(tmp_path)) as folder:
                Path(folder, "file").touch()
                assert os.listdir(folder) == ["file"]  # noqa: PTH208  # a list of names
    finally:
        ended.set()
        for each in sweepers:
            each.join()
    assert sweeping(tmp_path) == []
