"""SimOTA: which cells answer for which box, decided anew at every step from what the network says.

Only cells near a box's centre may answer for it, at most 5 x 5 of each stride, so the whole batch is one
table of [boxes, 75]: three hundred boxes in a picture cost no more than three hundred rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from inference.training.network import BOX, ROW, STRIDES

# How far from a box's centre a cell may lie, in its strides: a box smaller than any cell still finds some.
RADIUS = 2.5
SPAN = 5
MOST_CELLS = 10
IOU_WEIGHT = 3.0
# Added to the cost of cells whose middle the box does not cover: they answer when there are no better ones.
OUTSIDE = 1e5
IMPOSSIBLE = 1e9
# exp() of more is a box wider than any input.
MAX_LOG_SIZE = 8.0


@dataclass(frozen=True)
class Targets:
    """The boxes of a batch in one list: corners [T, 4] in pixels of the input, classes [T], pictures [T]."""

    boxes: Tensor
    class_ids: Tensor
    pictures: Tensor


@dataclass(frozen=True)
class Assignment:
    """Cells that answer: each one's picture, cell, box (a row of the targets), and IoU with that box."""

    pictures: Tensor
    cells: Tensor
    targets: Tensor
    ious: Tensor


@torch.no_grad()
def assign(rows: Tensor, targets: Targets, size: tuple[int, int]) -> Assignment:
    """Choose the cells for every box from logits [N, cells, 5 + C] of an input of that height and width."""
    cells, centres, strides, possible = _near_cells(targets.boxes, size)
    answers = rows[targets.pictures[:, None], cells].float()
    boxes = decoded(answers[..., :BOX], centres, strides)
    ious = paired_iou(boxes, targets.boxes[:, None]).masked_fill(~possible, 0.0)
    cost = _class_cost(answers, targets.class_ids) - IOU_WEIGHT * torch.log(ious + 1e-8)
    cost = cost + OUTSIDE * ~_covered(centres, targets.boxes)
    cost = cost.masked_fill(~possible, IMPOSSIBLE)
    chosen = _cheapest(cost, ious) & possible
    places = targets.pictures[:, None] * rows.shape[1] + cells
    chosen &= _undisputed(places, cost, chosen, rows.shape[0] * rows.shape[1])
    target, slot = chosen.nonzero(as_tuple=True)
    return Assignment(targets.pictures[target], cells[target, slot], target, ious[target, slot])


def decoded(raw: Tensor, centres: Tensor, strides: Tensor) -> Tensor:
    """tx, ty, tw, th -> corners; `centres` are the cells' middles, half a stride after their grid point."""
    steps = strides[..., None]
    middle = raw[..., :2] * steps + centres - steps / 2
    half = raw[..., 2:].clamp(max=MAX_LOG_SIZE).exp() * steps / 2
    return torch.cat([middle - half, middle + half], dim=-1)


def paired_iou(one: Tensor, other: Tensor) -> Tensor:
    """IoU of boxes side by side, with the usual broadcasting."""
    low = torch.maximum(one[..., :2], other[..., :2])
    high = torch.minimum(one[..., 2:], other[..., 2:])
    shared = (high - low).clamp(min=0).prod(dim=-1)
    areas = (one[..., 2:] - one[..., :2]).prod(dim=-1) + (other[..., 2:] - other[..., :2]).prod(dim=-1)
    return shared / (areas - shared).clamp(min=1e-6)


def _near_cells(boxes: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Per box, the 5 x 5 cells of each stride round its centre: numbers, middles, strides, and which exist."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    steps = torch.arange(SPAN, device=boxes.device)
    numbers, centres, strides, possible = [], [], [], []
    first = 0
    for stride in STRIDES:
        down, across = size[0] // stride, size[1] // stride
        # The cells whose middles lie within the radius begin here.
        corner = torch.ceil(middle / stride - 0.5 - RADIUS).long()
        columns = (corner[:, 0, None] + steps)[:, None, :].expand(-1, SPAN, -1).flatten(1)
        rows = (corner[:, 1, None] + steps)[:, :, None].expand(-1, -1, SPAN).flatten(1)
        inside = (columns >= 0) & (columns < across) & (rows >= 0) & (rows < down)
        numbers.append((first + rows * across + columns).masked_fill(~inside, 0))
        centres.append((torch.stack([columns, rows], dim=2) + 0.5) * stride)
        strides.append(torch.full_like(columns, stride, dtype=torch.float32))
        possible.append(inside)
        first += down * across
    return torch.cat(numbers, 1), torch.cat(centres, 1), torch.cat(strides, 1), torch.cat(possible, 1)


def _covered(centres: Tensor, boxes: Tensor) -> Tensor:
    """Whether a box covers the middle of a cell."""
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    return ((centres > low) & (centres < high)).all(dim=-1)


def _class_cost(answers: Tensor, class_ids: Tensor) -> Tensor:
    """Cross entropy of the scores (class times objectness, as at inference, under a root) with the class."""
    objectness = answers[..., BOX:ROW].sigmoid()
    scores = (answers[..., ROW:].sigmoid() * objectness).sqrt().clamp(1e-6, 1 - 1e-6)
    column = class_ids[:, None, None].expand(-1, scores.shape[1], 1)
    own = scores.gather(2, column)[..., 0]
    return torch.log1p(-own) - own.log() - torch.log1p(-scores).sum(dim=-1)


def _cheapest(cost: Tensor, ious: Tensor) -> Tensor:
    """As many of each box's cheapest cells as its best IoUs sum to, at least one."""
    most = min(MOST_CELLS, cost.shape[1])
    wanted = ious.topk(most, dim=1).values.sum(dim=1).long().clamp(min=1)
    order = cost.topk(most, dim=1, largest=False).indices
    taken = torch.arange(most, device=cost.device) < wanted[:, None]
    return torch.zeros_like(cost, dtype=torch.bool).scatter(1, order, taken)


def _undisputed(places: Tensor, cost: Tensor, chosen: Tensor, count: int) -> Tensor:
    """Whether a box has the cell to itself, or the lowest cost of those that chose it; the first when equal."""
    claims = cost.masked_fill(~chosen, float("inf"))
    least = torch.full((count,), float("inf"), device=cost.device)
    least = least.scatter_reduce(0, places.flatten(), claims.flatten(), "amin")
    best = chosen & (claims <= least[places])
    rank = torch.arange(len(cost), device=cost.device)[:, None].expand_as(cost)
    ranks = rank.masked_fill(~best, len(cost))
    first = torch.full((count,), len(cost), device=cost.device)
    first = first.scatter_reduce(0, places.flatten(), ranks.flatten(), "amin")
    return best & (rank == first[places])
