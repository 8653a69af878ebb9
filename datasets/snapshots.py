"""Versions around work on a dataset: what is drawn on pictures belongs to the app above, so that one makes them."""

import contextlib
from collections.abc import Callable
from typing import Any

from datasets.models import Dataset
from modelship.accounts.actors import Actor
from modelship.lib.errors import Conflict

# Actor, dataset, a DatasetVersion.Source, and what people read of it.
Freeze = Callable[[Actor, Dataset, str, str], Any]
_providers: list[Freeze] = []


def register(freeze: Freeze) -> None:
    """Called once by the app that makes versions, when it is ready."""
    if freeze not in _providers:
        _providers.append(freeze)


def freeze_around(actor: Actor, dataset: Dataset, source: str, message: str) -> None:
    """Make a version before or after work, where the dataset wants that and something changed since the last one."""
    for freeze in _providers:
        # Where others make one at this very moment, theirs serves.
        with contextlib.suppress(Conflict):
            freeze(actor, dataset, source, message)
