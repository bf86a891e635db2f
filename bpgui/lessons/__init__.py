"""Lessons: Markdown files that walk a reader through a network, their numbers worked out by the library."""
