"""The library's face: one module per verb, typed values in and out, nothing printed."""
