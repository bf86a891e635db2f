"""Data: what a data set is, the built-in ones, and how files become one."""
