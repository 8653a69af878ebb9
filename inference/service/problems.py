"""Refusals of the service: the same codes as in process, as problem+json."""

from typing import Literal

import msgspec
from starlette.responses import Response

from inference import wire
from inference.asking import ModelFails, OutOfLimits
from modelship.lib.errors import Problem


class Slow(Problem):
    status, title, default_code = 408, "Too slow", "too_slow"


def problem_answer(problem: Problem, request_id: str) -> Response:
    """A 503 always says when to come back."""
    retry_after = problem.extra.get("retry_after", 5) if problem.status == 503 else None
    told = wire.Problem(
        type=f"about:blank#{problem.code}",
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        code=problem.code,
        blames=_blames(problem),
        request_id=request_id,
        retry_after=retry_after,
    )
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    if problem.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="ml"'
    return Response(
        msgspec.json.encode(told), problem.status, headers=headers, media_type="application/problem+json"
    )


def _blames(problem: Problem) -> Literal["", "model", "limits"]:
    if isinstance(problem, OutOfLimits):
        return "limits"
    return "model" if isinstance(problem, ModelFails) else ""
