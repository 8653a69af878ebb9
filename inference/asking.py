"""Calling the engine in limited children, with everything that can go wrong put into words.

Used where the engine runs: in this process's own children, and in the service.
"""

from typing import Any

from inference.engine.errors import EngineRefusal, ModelRefused
from modelship.lib.errors import Problem, Unavailable, Unprocessable, UnsupportedType
from modelship.lib.limited import LimitExceeded, Limits, Listener, Pool

# Files that are no model of ours to begin with; the engine's other refusals are about what is in them.
NO_MODEL = frozenset({"empty", "not_onnx", "external_data", "custom_ops"})


class ModelFails(Unprocessable):
    """The model itself can't do the work: another picture would not help."""


class OutOfLimits(Unprocessable):
    """The model did not answer within the memory and time that it may use."""


def ask(pool: Pool, function: str, *args: Any, limits: Limits, listener: Listener | None = None) -> Any:
    """Call one of the engine's child functions; everything that it raises becomes a Problem."""
    try:
        return pool.run(f"inference.engine.child:{function}", args, limits, listener)
    except ModelRefused as refusal:
        raise model_problem(refusal) from refusal
    except EngineRefusal as refusal:
        raise Unprocessable(refusal.detail, code=refusal.code) from refusal
    except LimitExceeded as error:
        raise limit_problem(error) from error
    except ValueError as error:
        raise ModelFails("The model's settings do not fit. Install it again.", code="bad_settings") from error


def model_problem(refusal: ModelRefused) -> Problem:
    if refusal.code == "unreadable":
        return Unavailable(refusal.detail, code="model_lost")
    if refusal.code in NO_MODEL:
        return UnsupportedType(refusal.detail, code=refusal.code)
    return ModelFails(refusal.detail, code=refusal.code)


def limit_problem(error: LimitExceeded) -> Problem:
    words = {
        "memory": "The model needs more memory than it may use. Choose a smaller one, or larger slices.",
        "cpu": "The model takes more time than it may use. Choose a smaller one, or larger slices.",
        "wall": "The model takes more time than it may use. Choose a smaller one, or larger slices.",
        "crashed": "The model ended its process. Export it again, or choose another one.",
    }
    if error.reason == "missing":
        return Unavailable(
            "Models do not run on this server itself. Ask the operator to install requirements/inference.txt, or "
            "to name a detector service in MODELSHIP_ML_SERVICE_URL.",
            code="library_missing",
            library=error.detail,
        )
    if error.reason not in words:
        return Unavailable("The detector is busy with other pictures. Try again in a moment.", code="busy")
    return OutOfLimits(words[error.reason], code=f"model_{error.reason}")


def bad_answer() -> ModelFails:
    return ModelFails("The model answered something that is no detection.", code="bad_answer")
