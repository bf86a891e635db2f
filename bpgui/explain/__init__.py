"""Why a network does what it does: the chain rule of any weight, and the proof of it."""

from bpgui.explain.chain_rule import ChainRule, chain_rule
from bpgui.explain.gradient_check import GradientCheck, gradient_check
from bpgui.explain.render import as_latex, as_text
from bpgui.explain.worked_sheet import worked_sheet

__all__ = ["ChainRule", "GradientCheck", "as_latex", "as_text", "chain_rule", "gradient_check", "worked_sheet"]
