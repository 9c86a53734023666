"""Nouns that two packages share: values without behaviour beyond their own rules.

Imports only errors, limits and patterns; does no I/O.
"""
