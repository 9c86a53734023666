"""pkg(8)'s local.sqlite."""
