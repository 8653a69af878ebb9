"""onnxruntime sessions: several, of one thread each, since that is what uses the cores best.

Measured on CPU: more threads inside one session cost more than they gain on small detectors, batches
do not help, and independent one-thread sessions scale with the cores.
"""

from __future__ import annotations

import queue
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

from inference.engine.errors import ModelRefused
from inference.engine.letterbox import Tensor
from inference.engine.protocols import Family, Outputs
from inference.engine.providers import CPU, providers_for
from inference.engine.spec import ModelSpec

ONLY_FATAL = 4


class Sessions:
    """A fixed set of sessions; each run borrows one, so that `count` threads run side by side."""

    def __init__(
        self,
        model: onnx.ModelProto,
        spec: ModelSpec,
        family: Family,
        *,
        count: int,
        threads: int = 1,
        provider: str = CPU,
    ) -> None:
        """Load a model that `graph.read_model` has cleared; raises ModelRefused when it cannot run."""
        self.count = count
        self._input = spec.input_name
        self._beside = dict(family.beside(spec))
        self._outputs = list(family.answers(spec))
        # The runtime gets the very bytes that were checked, never a path: there is no folder to read from.
        content = model.SerializeToString()
        self._idle: queue.SimpleQueue[onnxruntime.InferenceSession] = queue.SimpleQueue()
        for _ in range(count):
            session = _open(content, threads, provider)
            _check(session, spec, {self._input, *self._beside}, set(self._outputs))
            self._idle.put(session)

    def run(self, tensor: Tensor) -> Outputs:
        """The model's answer to a batch of one; waits while all sessions are busy."""
        session = self._idle.get()
        try:
            outputs = session.run(self._outputs, {self._input: tensor, **self._beside})
        except Exception as error:  # onnxruntime raises its own classes without a common public base
            raise ModelRefused(
                "run_failed", "The model stopped with an error. Check its settings."
            ) from error
        finally:
            self._idle.put(session)
        return [_single(output) for output in outputs]


def _single(output: Any) -> npt.NDArray[Any]:
    """Half precision is for the graph; we count in single."""
    return output.astype(np.float32) if output.dtype == np.float16 else output


def _open(content: bytes, threads: int, provider: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ONLY_FATAL
    try:
        return onnxruntime.InferenceSession(content, options, providers=providers_for(provider, threads))
    except Exception as error:  # as above
        raise ModelRefused("unloadable", "The runtime cannot load this model. Export it again.") from error


def _check(session: onnxruntime.InferenceSession, spec: ModelSpec, fed: set[str], asked: set[str]) -> None:
    """The spec may have been edited by hand: say so now, not at the first picture."""
    shapes = {value.name: value.shape for value in session.get_inputs()}
    outputs = {value.name for value in session.get_outputs()}
    if fed != set(shapes) or not asked <= outputs:
        raise ModelRefused("wrong_names", "The model has no such input or output. Inspect the model again.")
    width, height = spec.input_size
    wanted = [1, 3, height, width] if spec.layout == "NCHW" else [1, height, width, 3]
    shape = shapes[spec.input_name]
    fits = len(shape) == 4 and all(
        not isinstance(side, int) or side == want for side, want in zip(shape, wanted, strict=True)
    )
    if not fits:
        raise ModelRefused(
            "wrong_input_size", f"The model takes {shape}, not {wanted}. Inspect the model again."
        )
