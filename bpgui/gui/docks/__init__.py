"""The docks of the window, one a file."""
