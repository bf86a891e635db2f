"""What may be a seed."""

from numbers import Integral


def check_seed(seed: object) -> None:
    """Refuse what cannot be a seed: ValueError unless it is a whole number from 0 to 2**64 - 1."""
    if isinstance(seed, bool) or not isinstance(seed, Integral) or not 0 <= seed < 2**64:
        raise ValueError(f"a seed is a whole number from 0 to 2**64 - 1, got {seed!r}")
