"""A ports tree as values: the target that answers for the machine, evaluation, Port.

Knows make and the shell as languages; never stages or installs anything.
"""
