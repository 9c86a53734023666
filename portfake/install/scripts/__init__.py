"""Scripts of packages, tried on a view of the root: what they change becomes part of the plan."""
