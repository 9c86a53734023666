"""Speed as ratios against a peer or a physical limit; `make bench` runs them all."""
