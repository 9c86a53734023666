"""What can be said of a root or of packages without running anything: findings, bills, differences.

The image is read once into an Inventory; rules are pure functions over it. Imports stage and
below; knows nothing of install, and changes nothing.
"""
