"""pkg-query(8)'s formats and conditions, over records of any kind; no I/O of its own."""
