"""Projects as files."""
