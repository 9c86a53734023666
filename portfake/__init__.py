"""portfake: FreeBSD ports into alternate roots, without running anything of the target."""

__version__ = "0.1.0.dev0"
