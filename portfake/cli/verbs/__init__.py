"""One module a verb: arguments to typed values, one action, its answer to text."""
