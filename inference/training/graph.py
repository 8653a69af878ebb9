"""The network as ONNX nodes: the same walk as its forward pass, one node for one step."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper
from torch import nn

from inference.training.network import (
    Backbone,
    Bottleneck,
    ConvUnit,
    CrossStage,
    Head,
    Neck,
    PyramidPooling,
    YoloxNano,
)


def graph_of(network: YoloxNano) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Nodes from `images` to `output`, and the weights under the network's own names."""
    walk = _Walk(network)
    levels = walk.neck(network.neck, walk.backbone(network.backbone, "images"))
    # Every level's rows: [N, 5 + C, cells].
    shape = walk.constant("rows_shape", np.array([0, 0, -1], np.int64))
    rows = [
        walk.add("Reshape", walk.head(head, level), shape)  # type: ignore[arg-type]
        for head, level in zip(network.heads, levels, strict=True)
    ]
    walk.add("Transpose", walk.add("Concat", *rows, axis=2), perm=[0, 2, 1], result="output")
    return walk.nodes, walk.weights


class _Walk:
    """Each method adds what one part of the network does to a tensor, and returns the result's name."""

    def __init__(self, network: YoloxNano) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self._names = {module: name for name, module in network.named_modules()}
        self._scales = self.constant("doubled", np.array([1, 1, 2, 2], np.float32))

    def add(self, operator: str, *inputs: str, result: str = "", **attributes: Any) -> str:
        result = result or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [result], name=result, **attributes))
        return result

    def constant(self, name: str, values: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def backbone(self, part: Backbone, pictures: str) -> tuple[str, str, str]:
        x = self.unit(part.stem, self.add("SpaceToDepth", pictures, blocksize=2))
        fine = self.sequence(part.stage3, self.sequence(part.stage2, x))
        middle = self.sequence(part.stage4, fine)
        return fine, middle, self.sequence(part.stage5, middle)

    def neck(self, part: Neck, levels: tuple[str, str, str]) -> tuple[str, str, str]:
        fine, middle, coarse = levels
        lateral = self.unit(part.lateral, coarse)
        reduced = self.unit(
            part.reduce, self.cross_stage(part.down_middle, self.joined(self.doubled(lateral), middle))
        )
        low = self.cross_stage(part.down_fine, self.joined(self.doubled(reduced), fine))
        mid = self.cross_stage(part.up_middle, self.joined(self.sequence(part.stride_fine, low), reduced))
        high = self.cross_stage(part.up_coarse, self.joined(self.sequence(part.stride_middle, mid), lateral))
        return low, mid, high

    def head(self, part: Head, features: str) -> str:
        shared = self.unit(part.stem, features)
        box = self.sequence(part.box_branch, shared)
        classes = self.convolution(part.classes, self.sequence(part.class_branch, shared))
        objectness = self.convolution(part.objectness, box)
        scores = [self.add("Sigmoid", objectness), self.add("Sigmoid", classes)]
        return self.joined(self.convolution(part.box, box), *scores)

    def sequence(self, parts: nn.Sequential, x: str) -> str:
        for part in parts:
            x = self.part(part, x)
        return x

    def part(self, part: nn.Module, x: str) -> str:
        match part:
            case ConvUnit():
                return self.unit(part, x)
            case CrossStage():
                return self.cross_stage(part, x)
            case Bottleneck():
                seen = self.sequence(part.look, self.unit(part.narrow, x))
                return self.add("Add", x, seen) if part.shortcut else seen
            case PyramidPooling():
                return self.pooling(part, x)
            case nn.Sequential():
                return self.sequence(part, x)
        raise TypeError(f"{type(part).__name__} has no ONNX form here. Add one to the walk.")

    def cross_stage(self, part: CrossStage, x: str) -> str:
        through = self.sequence(part.bottlenecks, self.unit(part.through, x))
        return self.unit(part.join, self.joined(through, self.unit(part.past, x)))

    def pooling(self, part: PyramidPooling, x: str) -> str:
        seen = [self.unit(part.narrow, x)]
        for _ in range(3):
            pooled = self.add("MaxPool", seen[-1], kernel_shape=[5, 5], pads=[2, 2, 2, 2], strides=[1, 1])
            seen.append(pooled)
        return self.unit(part.join, self.joined(*seen))

    def unit(self, part: ConvUnit, x: str) -> str:
        """Convolution, normalisation, and SiLU as a product: ONNX has no operator for it in this opset."""
        name = self._names[part.norm]
        statistics = ("weight", "bias", "running_mean", "running_var")
        weights = [self._weight(f"{name}.{kind}", getattr(part.norm, kind)) for kind in statistics]
        x = self.add(
            "BatchNormalization", self.convolution(part.conv, x), *weights, epsilon=float(part.norm.eps)
        )
        return self.add("Mul", x, self.add("Sigmoid", x))

    def convolution(self, part: nn.Conv2d, x: str) -> str:
        name = self._names[part]
        weights = [self._weight(f"{name}.weight", part.weight)]
        if part.bias is not None:
            weights.append(self._weight(f"{name}.bias", part.bias))
        return self.add(
            "Conv",
            x,
            *weights,
            kernel_shape=list(part.kernel_size),
            strides=list(part.stride),
            pads=[*part.padding, *part.padding],
            group=part.groups,
        )

    def doubled(self, x: str) -> str:
        return self.add(
            "Resize",
            x,
            "",
            self._scales,
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )

    def joined(self, *parts: str) -> str:
        return self.add("Concat", *parts, axis=1)

    def _weight(self, name: str, values: Any) -> str:
        return self.constant(name, values.detach().cpu().float().numpy())
