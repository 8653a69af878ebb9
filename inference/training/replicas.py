"""One step's gradients, from several threads that share the weights and each see a part of the batch.

Measured on CPU: threads inside the operators of so small a network wait for one another more than they
compute, and ten times so where other work runs; threads with a part of the batch each never wait.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from inference.training.losses import Losses
from inference.training.network import YoloxNano
from inference.training.samples import Batch

Look = Callable[[YoloxNano, Batch], Losses]


class Replicas:
    """The network and its twins: their weights are the same tensors, their normalisation's statistics are not."""

    def __init__(self, network: YoloxNano, count: int) -> None:
        """Sets PyTorch's own threads in this process to one."""
        shared = {id(part): part for part in network.parameters()}
        self._twins = [network, *(copy.deepcopy(network, dict(shared)) for _ in range(count - 1))]
        self._weights = [part for part in network.parameters() if part.requires_grad]
        torch.set_num_threads(1)
        self._threads = ThreadPoolExecutor(count, "replica", initializer=torch.set_num_threads, initargs=(1,))

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def learn(self, batch: Batch, look: Look) -> Losses:
        """Leave the mean of the parts' gradients at the weights that learn; returns the mean of their losses."""
        parts = batch.parts(len(self._twins))
        answers = list(self._threads.map(self._part, self._twins, parts, [look] * len(parts)))
        for place, weight in enumerate(self._weights):
            weight.grad = torch.stack([gradients[place] for _, gradients in answers]).mean(dim=0)
        return Losses.mean([seen for seen, _ in answers])

    def _part(self, twin: YoloxNano, part: Batch, look: Look) -> tuple[Losses, tuple[Tensor, ...]]:
        seen = look(twin, part)
        return seen.detached(), torch.autograd.grad(seen.total, self._weights)
