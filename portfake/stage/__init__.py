"""From a port to a staged tree, with nothing executed.

Knows ports, packages' payloads and the shell; never roots that belong to somebody.
"""
