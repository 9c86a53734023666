"""The confined root: the only owner of paths inside an alternate root or a stage.

Imports only formats, model, patterns, limits and errors.
"""
