"""Errors told with the path that somebody asked for."""

from __future__ import annotations

__all__ = ["Asked"]


class Asked:
    """Lets an OSError name the path that was asked for, not the component a call was given."""

    __slots__ = ("paths",)

    def __init__(self, *paths: str) -> None:
        self.paths = paths

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        if isinstance(error, OSError) and error.errno is not None:
            error.filename = self.paths[0]
            error.filename2 = self.paths[1] if len(self.paths) > 1 else None
