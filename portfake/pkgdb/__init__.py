"""What a root records of its packages: one interface, one package per kind of database.

Imports formats and below, and root for the paths; knows neither ports nor packages.
"""
