"""Where detectors run, and whether they can be reached now."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from inference.client.state import EngineState, engine_state
from modelship.api.views import ApiView
from modelship.lib.clock import wire


class InferenceState(ApiView):
    """`in_process`, or a `service` that is `up`, `down`, or `probing` whether it is back."""

    def get(self, request: Request) -> Response:
        return Response(state_dict(engine_state()))


def state_dict(found: EngineState) -> dict[str, Any]:
    return {
        "mode": found.mode,
        "state": found.state,
        "since": wire(found.since),
        "retry_after": found.retry_after,
    }
