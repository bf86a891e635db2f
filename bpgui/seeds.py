"""What may be a seed."""

from bpgui.ranges import Range

_SEEDS = Range(0, 2**64 - 1, "a whole number from 0 to 2**64 - 1", whole=True)


def check_seed(seed: object) -> None:
    """Refuse what cannot be a seed: ValueError unless it is a whole number from 0 to 2**64 - 1."""
    _SEEDS.take("a seed", seed)
