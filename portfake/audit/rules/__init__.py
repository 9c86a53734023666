"""The rules, a module for each subject; pure functions over the Inventory, no I/O."""
