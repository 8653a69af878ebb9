"""What runs a model: the processor, or something quicker where the runtime that is installed knows it.

onnxruntime comes in builds: `onnxruntime` has the processor alone, `onnxruntime-gpu` CUDA, `onnxruntime-openvino`
OpenVINO. A wish for one that is not there falls back on the processor.
"""

from __future__ import annotations

from typing import Any

import onnxruntime

CPU = "cpu"
KNOWN = {
    CPU: "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}


def present() -> list[str]:
    """The names, as in KNOWN, of what is installed here; the processor always is."""
    installed = set(onnxruntime.get_available_providers())
    return [name for name, provider in KNOWN.items() if provider in installed]


def providers_for(wish: str, threads: int) -> list[tuple[str, dict[str, Any]]]:
    """What a session is opened with, the processor last; raises ValueError for a name that is none."""
    if wish not in KNOWN:
        raise ValueError(f"There is no provider called {wish!r}. Choose one of {', '.join(KNOWN)}.")
    last = [(KNOWN[CPU], dict[str, Any]())]
    if wish == CPU or wish not in present():
        return last
    # Full precision: a faster, coarser one would move boxes.
    options = {
        "openvino": {"device_type": "CPU", "precision": "FP32", "num_of_threads": str(max(1, threads))}
    }
    return [(KNOWN[wish], options.get(wish, {})), *last]
