"""What may be a seed."""

import operator


def check_seed(seed: object) -> None:
    """Refuse what cannot be a seed: ValueError unless it is a whole number from 0 to 2**64 - 1."""
    whole = not isinstance(seed, bool) and hasattr(seed, "__index__")
    if not whole or not 0 <= operator.index(seed) < 2**64:  # type: ignore[arg-type]  # it has __index__
        raise ValueError(f"a seed is a whole number from 0 to 2**64 - 1, got {seed!r}")
