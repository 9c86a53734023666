"""Images to look at."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.actions.conftest import environment
from tests.audit.images import Image

__all__ = ["environment", "image", "in_order"]


@pytest.fixture(scope="session")
def in_order(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image in which everything is as it should be, to be copied."""
    if os.geteuid() != 0:
        pytest.skip("an image whose files belong to root needs the root user")
    image = Image(tmp_path_factory.mktemp("in-order"))
    image.base()
    image.record(image.libdep(), image.demo())
    return image.root


@pytest.fixture
def image(tmp_path: Path, in_order: Path) -> Image:
    """Such an image, to be spoilt."""
    shutil.copytree(in_order, tmp_path / "root", symlinks=True)
    return Image(tmp_path / "root")
