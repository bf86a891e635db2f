"""The document: its state and every change to it."""
