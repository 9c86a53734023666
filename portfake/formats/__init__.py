"""Text to value and back, one format a module; no I/O."""
