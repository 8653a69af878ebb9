"""The state of a training run in a file, so that a killed run goes on where it was."""

from __future__ import annotations

import os
import pickle
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn


def save_checkpoint(
    path: Path, network: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer, history: Sequence
) -> None:
    """Write the state; a process killed meanwhile leaves the file before it."""
    state = {
        "network": network.state_dict(),
        "average": average.state_dict(),
        "optimizer": optimizer.state_dict(),
        "history": list(history),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(path.suffix + ".part")
    torch.save(state, unfinished)
    os.replace(unfinished, path)


def load_checkpoint(
    path: Path, network: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer
) -> list[tuple]:
    """Put the state back and return the history; raises ValueError for a file of another kind or network."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        return list(state["history"])
    except (pickle.UnpicklingError, RuntimeError, KeyError, EOFError) as error:
        raise ValueError(
            f"The checkpoint {path.name} is not of this network. Remove it to start afresh."
        ) from error
