"""The same roots as for the actions."""

from tests.actions.conftest import empty, environment, populated, scene

__all__ = ["empty", "environment", "populated", "scene"]
