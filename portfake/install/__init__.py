"""Packages into a root: facts, plan, apply.

Knows packages (manifests and payloads) and records, never ports, stages or make.
"""
