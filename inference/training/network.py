"""YOLOX-Nano as the paper describes it (Ge et al. 2021, arXiv 2107.08430): depth 0.33, width 0.25, depthwise."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDES = (8, 16, 32)
# Channels after the stem and after each of the four stages: 64 to 1024, times the width.
STEM, STAGES = 16, (32, 64, 128, 256)
HEAD = 64
# Rows begin with four numbers for the box and one for objectness.
BOX, ROW = 4, 5
# A score that fresh predictions start from: nearly all cells of a picture show nothing.
PRIOR = 0.01


class ConvUnit(nn.Module):
    """Convolution without bias, batch normalisation, SiLU."""

    def __init__(self, inputs: int, outputs: int, size: int = 1, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            inputs, outputs, size, stride=stride, padding=size // 2, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03)

    def forward(self, x: Tensor) -> Tensor:
        return functional.silu(self.norm(self.conv(x)))


class DepthwiseUnit(nn.Sequential):
    """A 3x3 convolution channel by channel, then a 1x1 convolution across them."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1) -> None:
        super().__init__(ConvUnit(inputs, inputs, 3, stride=stride, groups=inputs), ConvUnit(inputs, outputs))


class Bottleneck(nn.Module):
    """Two convolutions, and the way around them where `shortcut` asks for it."""

    def __init__(self, channels: int, *, shortcut: bool) -> None:
        super().__init__()
        self.shortcut = shortcut
        self.narrow = ConvUnit(channels, channels)
        self.look = DepthwiseUnit(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        seen = self.look(self.narrow(x))
        return x + seen if self.shortcut else seen


class CrossStage(nn.Module):
    """Half of the channels go through the bottlenecks, half past them (cross stage partial)."""

    def __init__(self, inputs: int, outputs: int, *, repeats: int = 1, shortcut: bool = False) -> None:
        super().__init__()
        half = outputs // 2
        self.through = ConvUnit(inputs, half)
        self.past = ConvUnit(inputs, half)
        self.bottlenecks = nn.Sequential(*(Bottleneck(half, shortcut=shortcut) for _ in range(repeats)))
        self.join = ConvUnit(2 * half, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.join(torch.cat([self.bottlenecks(self.through(x)), self.past(x)], dim=1))


class PyramidPooling(nn.Module):
    """Maxima over 5, 9 and 13 cells; a 5 over a 5 is a 9 exactly, at a fraction of the work."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.narrow = ConvUnit(channels, channels // 2)
        self.pool = nn.MaxPool2d(5, stride=1, padding=2)
        self.join = ConvUnit(2 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        seen = [self.narrow(x)]
        for _ in range(3):
            seen.append(self.pool(seen[-1]))
        return self.join(torch.cat(seen, dim=1))


class Backbone(nn.Module):
    """CSPDarknet: features at strides 8, 16 and 32."""

    def __init__(self) -> None:
        super().__init__()
        two, four, eight, sixteen = STAGES
        self.stem = ConvUnit(12, STEM, 3)
        self.stage2 = nn.Sequential(
            DepthwiseUnit(STEM, two, stride=2), CrossStage(two, two, repeats=1, shortcut=True)
        )
        self.stage3 = nn.Sequential(
            DepthwiseUnit(two, four, stride=2), CrossStage(four, four, repeats=3, shortcut=True)
        )
        self.stage4 = nn.Sequential(
            DepthwiseUnit(four, eight, stride=2), CrossStage(eight, eight, repeats=3, shortcut=True)
        )
        self.stage5 = nn.Sequential(
            DepthwiseUnit(eight, sixteen, stride=2), PyramidPooling(sixteen), CrossStage(sixteen, sixteen)
        )

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        fine = self.stage3(self.stage2(self.stem(focus(pictures))))
        middle = self.stage4(fine)
        return fine, middle, self.stage5(middle)


class Neck(nn.Module):
    """PAFPN: what the coarse cells understand goes down to the fine ones, and back up again."""

    def __init__(self) -> None:
        super().__init__()
        _, fine, middle, coarse = STAGES
        self.lateral = ConvUnit(coarse, middle)
        self.down_middle = CrossStage(2 * middle, middle)
        self.reduce = ConvUnit(middle, fine)
        self.down_fine = CrossStage(2 * fine, fine)
        self.stride_fine = DepthwiseUnit(fine, fine, stride=2)
        self.up_middle = CrossStage(2 * fine, middle)
        self.stride_middle = DepthwiseUnit(middle, middle, stride=2)
        self.up_coarse = CrossStage(2 * middle, coarse)

    def forward(self, fine: Tensor, middle: Tensor, coarse: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        lateral = self.lateral(coarse)
        reduced = self.reduce(self.down_middle(torch.cat([doubled(lateral), middle], dim=1)))
        low = self.down_fine(torch.cat([doubled(reduced), fine], dim=1))
        mid = self.up_middle(torch.cat([self.stride_fine(low), reduced], dim=1))
        return low, mid, self.up_coarse(torch.cat([self.stride_middle(mid), lateral], dim=1))


class Head(nn.Module):
    """One scale's answer: classes on one branch, box and objectness on the other."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.stem = ConvUnit(inputs, HEAD)
        self.class_branch = nn.Sequential(DepthwiseUnit(HEAD, HEAD), DepthwiseUnit(HEAD, HEAD))
        self.box_branch = nn.Sequential(DepthwiseUnit(HEAD, HEAD), DepthwiseUnit(HEAD, HEAD))
        self.classes = nn.Conv2d(HEAD, classes, 1)
        self.box = nn.Conv2d(HEAD, BOX, 1)
        self.objectness = nn.Conv2d(HEAD, 1, 1)
        for scores in (self.classes, self.objectness):
            nn.init.constant_(scores.bias, prior_bias())  # type: ignore[arg-type]

    def forward(self, features: Tensor) -> Tensor:
        shared = self.stem(features)
        box = self.box_branch(shared)
        rows = [self.box(box), self.objectness(box), self.classes(self.class_branch(shared))]
        return torch.cat(rows, dim=1)


class YoloxNano(nn.Module):
    """A detector of `classes` kinds of objects, for pictures (BGR, 0 to 255) with sides of multiples of 32."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.neck = Neck()
        self.heads = nn.ModuleList(Head(channels, classes) for channels in STAGES[1:])

    @property
    def classes(self) -> int:
        return self.heads[0].classes.out_channels  # type: ignore[union-attr,return-value]

    def logits(self, pictures: Tensor) -> Tensor:
        """Rows [N, cells, 5 + classes] with scores before the sigmoid, for the losses."""
        levels = self.neck(*self.backbone(pictures))
        maps = [head(level) for head, level in zip(self.heads, levels, strict=True)]
        return torch.cat([rows.flatten(2) for rows in maps], dim=2).transpose(1, 2)

    def forward(self, pictures: Tensor) -> Tensor:
        """Rows [N, cells, 5 + classes]: tx, ty, tw, th as they come, then scores of 0 to 1."""
        rows = self.logits(pictures)
        return torch.cat([rows[..., :BOX], rows[..., BOX:].sigmoid()], dim=2)


def focus(pictures: Tensor) -> Tensor:
    """Every 2x2 pixels become one place with four times the channels, as ONNX's SpaceToDepth orders them."""
    corners = [pictures[..., down::2, across::2] for down in (0, 1) for across in (0, 1)]
    return torch.cat(corners, dim=1)


def doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def prior_bias() -> float:
    """The bias that the sigmoid turns into PRIOR."""
    return -math.log((1 - PRIOR) / PRIOR)


def cells_of(
    height: int, width: int, *, strides: Sequence[int] = STRIDES, device: torch.device | None = None
) -> tuple[Tensor, Tensor]:
    """Column and row [cells, 2], and stride [cells], of every row that the network answers."""
    places, steps = [], []
    for stride in strides:
        down, across = height // stride, width // stride
        rows, columns = torch.meshgrid(torch.arange(down), torch.arange(across), indexing="ij")
        places.append(torch.stack([columns.flatten(), rows.flatten()], dim=1))
        steps.append(torch.full((down * across,), stride))
    return torch.cat(places).float().to(device), torch.cat(steps).float().to(device)


def fresh_network(classes: int, *, seed: int = 0) -> YoloxNano:
    """An untrained network; the same seed gives the same weights."""
    torch.manual_seed(seed)
    return YoloxNano(classes)
