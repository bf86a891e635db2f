"""The window: everything of bpgui that knows Qt."""
