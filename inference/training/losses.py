"""What the network is told after every step: how wrong its boxes, its objectness and its classes were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from inference.training.assignment import Assignment, Targets, assign, decoded, paired_iou
from inference.training.network import BOX, ROW, cells_of

IOU_GAIN = 5.0


@dataclass(frozen=True)
class Losses:
    """Parts that sum to `total`, each per cell that answers for a box."""

    total: Tensor
    iou: Tensor
    objectness: Tensor
    classes: Tensor

    def detached(self) -> Losses:
        return Losses(*(part.detach() for part in self._parts()))

    @classmethod
    def mean(cls, several: Sequence[Losses]) -> Losses:
        return cls(
            *(torch.stack(part).mean() for part in zip(*(one._parts() for one in several), strict=True))
        )

    def _parts(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return self.total, self.iou, self.objectness, self.classes


def losses(rows: Tensor, targets: Targets, size: tuple[int, int], *, l1_gain: float = 0.0) -> Losses:
    """Losses of logits [N, cells, 5 + C] for an input of that height and width; pictures may be empty."""
    rows = rows.float()
    chosen = assign(rows.detach(), targets, size)
    count = max(1, len(chosen.cells))
    answers = rows[chosen.pictures, chosen.cells]
    box, l1 = _box_losses(answers[:, :BOX], chosen, targets, size)
    classes = functional.binary_cross_entropy_with_logits(
        answers[:, ROW:], _class_targets(answers, chosen, targets), reduction="sum"
    )
    wanted = torch.zeros_like(rows[..., BOX])
    wanted[chosen.pictures, chosen.cells] = 1.0
    objectness = functional.binary_cross_entropy_with_logits(rows[..., BOX], wanted, reduction="sum")
    iou = IOU_GAIN * box
    total = (iou + objectness + classes + l1_gain * l1) / count
    return Losses(total, iou / count, objectness / count, classes / count)


def _box_losses(
    raw: Tensor, chosen: Assignment, targets: Targets, size: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """1 - IoU squared, and the distance of the raw numbers from the exact ones."""
    grid, strides = cells_of(*size, device=raw.device)
    grid, strides = grid[chosen.cells], strides[chosen.cells]
    boxes = targets.boxes[chosen.targets]
    ious = paired_iou(decoded(raw, (grid + 0.5) * strides[:, None], strides), boxes)
    steps = strides[:, None]
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    exact = torch.cat([middle / steps - grid, ((boxes[:, 2:] - boxes[:, :2]) / steps).log()], dim=1)
    return (1 - ious.square()).sum(), (raw - exact).abs().sum()


def _class_targets(answers: Tensor, chosen: Assignment, targets: Targets) -> Tensor:
    """The class of each answering cell's box, as sure as its IoU."""
    wanted = functional.one_hot(targets.class_ids[chosen.targets], answers.shape[1] - ROW)
    return wanted * chosen.ious[:, None]
