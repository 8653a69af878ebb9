"""The training loop: batches in, an averaged network and the history of its losses out."""

from __future__ import annotations

import copy
import math
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from inference.training.assignment import Targets
from inference.training.checkpoints import load_checkpoint, save_checkpoint
from inference.training.losses import Losses, losses
from inference.training.network import YoloxNano
from inference.training.replicas import Replicas
from inference.training.samples import Batch, Views

OnStep = Callable[[int, "StepLosses"], None]
ShouldStop = Callable[[], bool]


@dataclass(frozen=True)
class Settings:
    """How to train. `sides` are the input sides that batches take turns with, at random, all multiples of 32.

    With `checkpoint`, the state is written to that file every `checkpoint_every` steps and at the end;
    with `resume`, training goes on from the file where there is one, with the batches that would have come.
    On CPU every one of `threads` takes its part of each batch. `amp` of "auto" halves the bits on CUDA only:
    measured on CPUs with bf16 units, so small a network gains nothing.
    """

    steps: int = 5000
    batch: int = 16
    sides: tuple[int, ...] = (320, 416)
    lr: float = 2e-3
    final_lr_share: float = 0.02
    warmup: int = 200
    weight_decay: float = 0.02
    ema_decay: float = 0.998
    clip_norm: float = 10.0
    # The last share of the steps also pulls the raw box numbers: finer corners once boxes are about right.
    l1_share: float = 0.15
    seed: int = 0
    threads: int = 2
    loaders: int = 1
    device: str = "auto"
    amp: str = "auto"
    checkpoint: Path | None = None
    checkpoint_every: int = 200
    resume: bool = False


@dataclass(frozen=True)
class StepLosses:
    """What one step saw, per answering cell, and the rate that it learned at.

    `total` is the sum of the three parts that every step has. What only the last share of the steps is told
    (`l1_share`) is not in it: the curve would jump there, though nothing got worse.
    """

    step: int
    total: float
    iou: float
    obj: float
    cls: float
    lr: float


@dataclass(frozen=True)
class Trained:
    """The averaged network, on the CPU and ready to answer, and every step's losses from the first on."""

    network: YoloxNano
    history: list[StepLosses] = field(default_factory=list)


class NotLearning(ValueError):
    """The losses are no longer numbers; a lower learning rate may help."""


def train(
    network: YoloxNano,
    views: Views,
    settings: Settings,
    *,
    on_step: OnStep | None = None,
    should_stop: ShouldStop | None = None,
) -> Trained:
    """Train the network in place and return its running average; stops early as soon as `should_stop()` holds.

    Parameters that need no gradient stay as they are, and so do the statistics of their normalisation.
    Sets PyTorch's own threads in this process to one. Raises NotLearning when the losses stop being
    numbers, and ValueError for a checkpoint of another network.
    """
    run = _Run(network, settings)
    with closing(run.replicas), closing(_batches(views, settings, len(run.history))) as batches:
        for batch in batches:
            if should_stop and should_stop():
                break
            seen = run.step(batch)
            if on_step:
                on_step(seen.step, seen)
            if len(run.history) % settings.checkpoint_every == 0:
                run.save()
    run.save()
    return Trained(run.average.cpu().eval(), run.history)


class _Run:
    """A network, its optimizer and its average on their way."""

    def __init__(self, network: YoloxNano, settings: Settings) -> None:
        self.settings = settings
        self.device = _device(settings.device)
        # Channels last is half as fast again on CPU, and what tensor cores want.
        network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.network = _learning(network)
        self.average = copy.deepcopy(network).requires_grad_(False)
        self.optimizer = torch.optim.AdamW(_groups(network, settings), lr=settings.lr, fused=True)
        self.history: list[StepLosses] = []
        if settings.resume and settings.checkpoint and settings.checkpoint.exists():
            rows = load_checkpoint(settings.checkpoint, network, self.average, self.optimizer)
            self.history = [StepLosses(*row) for row in rows]
        self.replicas = Replicas(network, settings.threads if self.device.type == "cpu" else 1)

    def save(self) -> None:
        if self.settings.checkpoint:
            rows = [tuple(vars(step).values()) for step in self.history]
            save_checkpoint(self.settings.checkpoint, self.network, self.average, self.optimizer, rows)

    def step(self, batch: Batch) -> StepLosses:
        number = len(self.history)
        rate = _rate(number, self.settings)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        last = number >= self.settings.steps * (1 - self.settings.l1_share)
        seen = self.replicas.learn(batch, partial(self._losses, l1_gain=float(last)))
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip_norm)
        if not math.isfinite(seen.total.item()):
            raise NotLearning(f"The loss of step {number} is not a number. Try a lower learning rate.")
        self.optimizer.step()
        self._follow(number)
        self.history.append(_told(number, seen, rate))
        return self.history[-1]

    def _losses(self, network: YoloxNano, batch: Batch, *, l1_gain: float) -> Losses:
        pictures = torch.from_numpy(batch.pixels).to(self.device).permute(0, 3, 1, 2).float()
        mixed = self.settings.amp == "auto" and self.device.type == "cuda"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=mixed):
            rows = network.logits(pictures)
        size = (pictures.shape[2], pictures.shape[3])
        return losses(rows, _targets(batch, self.device), size, l1_gain=l1_gain)

    @torch.no_grad()
    def _follow(self, number: int) -> None:
        """The average moves towards the network; at first fast, as the first networks are not worth keeping."""
        decay = min(self.settings.ema_decay, (1 + number) / (10 + number))
        pairs = list(zip(_state(self.average), _state(self.network), strict=True))
        torch._foreach_lerp_([kept for kept, _ in pairs], [new for _, new in pairs], 1 - decay)


def _told(number: int, seen: Losses, rate: float) -> StepLosses:
    iou, obj, cls = seen.iou.item(), seen.objectness.item(), seen.classes.item()
    return StepLosses(number, iou + obj + cls, iou, obj, cls, rate)


def _batches(views: Views, settings: Settings, first: int) -> Generator[Batch]:
    """The batches from that number on, in order, made ahead of time by threads of their own."""
    waiting: deque[Future[Batch]] = deque()
    with ThreadPoolExecutor(settings.loaders, "views") as loaders:
        try:
            for number in range(first, settings.steps):
                waiting.append(loaders.submit(views.batch, number, settings.batch, _side(number, settings)))
                if len(waiting) > 2 * settings.loaders:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for batch in waiting:
                batch.cancel()


def _side(number: int, settings: Settings) -> int:
    return int(np.random.default_rng((settings.seed, number, 1)).choice(settings.sides))


def _targets(batch: Batch, device: torch.device) -> Targets:
    boxes, class_ids, views = (
        torch.from_numpy(values).to(device) for values in (batch.boxes, batch.class_ids, batch.views)
    )
    return Targets(boxes, class_ids, views)


def _rate(number: int, settings: Settings) -> float:
    """Up in a line, down in half a cosine."""
    if number < settings.warmup:
        return settings.lr * (number + 1) / settings.warmup
    done = (number - settings.warmup) / max(1, settings.steps - settings.warmup)
    share = (1 + math.cos(math.pi * min(1.0, done))) / 2
    return settings.lr * (settings.final_lr_share + (1 - settings.final_lr_share) * share)


def _learning(network: YoloxNano) -> YoloxNano:
    """In training mode, but for normalisation that is frozen: its statistics stay, as its weights do."""
    network.train()
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d) and not part.weight.requires_grad:
            part.eval()
    return network


def _groups(network: nn.Module, settings: Settings) -> list[dict]:
    """Convolutions decay; normalisation and biases, which have one dimension, don't."""
    weights = [part for part in network.parameters() if part.ndim > 1]
    others = [part for part in network.parameters() if part.ndim == 1]
    return [
        {"params": weights, "weight_decay": settings.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def _state(network: nn.Module) -> list[Tensor]:
    """Everything that is averaged: weights and the normalisation's statistics, not its counters."""
    return [value for value in network.state_dict().values() if value.is_floating_point()]


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
