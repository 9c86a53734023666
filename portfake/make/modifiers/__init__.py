"""The modifiers of expressions, `${NAME:modifier:modifier}`: one small function each."""
