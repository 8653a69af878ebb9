"""Dealing pictures out to train, val and test: values in, values out, and the same ones always give the same."""

from datasets.splitting.dealing import Item, dealt
from datasets.splitting.rules import NAMES, NEAR_BITS, BadRule, Rule

__all__ = ["NAMES", "NEAR_BITS", "BadRule", "Item", "Rule", "dealt"]
