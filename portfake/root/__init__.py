"""The confined root: the only owner of paths inside an alternate root or a stage.

Imports only formats, model, patterns, limits and errors. Reading a file or two needs little of
it: the modules of Root's operations are loaded when the first of each is asked for.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portfake.root import accounts, durable, held, listing, placing, replacing

__all__ = ["accounts", "durable", "held", "listing", "placing", "replacing"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(name)
