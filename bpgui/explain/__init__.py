"""Why a network does what it does."""
