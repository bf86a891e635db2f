"""Why a network does what it does: the chain rule of any weight, and the proof of it."""

from bpgui.explain.chain_rule import ChainRule, chain_rule

__all__ = ["ChainRule", "chain_rule"]
