"""Dealing pictures out to train, val and test: values in, values out, and the same ones always give the same."""

from datasets.splitting.dealing import Item, dealt
from datasets.splitting.near import near_groups
from datasets.splitting.rules import NAMES, BadRule, Rule

__all__ = ["NAMES", "BadRule", "Item", "Rule", "dealt", "near_groups"]
