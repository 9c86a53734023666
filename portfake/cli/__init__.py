"""The command line: a table row per verb, text or JSON out, errors into exit statuses.

Nothing below this package prints, reads arguments or exits.
"""
