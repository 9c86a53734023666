"""pkg(8)'s own test scripts with portfake in the place of some of pkg's commands.

The scripts are found by PORTFAKE_PKG_TESTS, the folder `tests` of pkg's source; none is here.
They run under `atf.sh`, which has as much of atf-sh(3) as they ask for, with a folder in front of
PATH whose `pkg` is `shim.py`.
"""
