"""The machine that portfake runs on: its programs, its mounts, its network.

Imports only formats, model, patterns, limits and errors; knows nothing of roots or ports.
"""
