"""Every request has an id: in its log line, its answer, its problem documents and its audit entries."""

import re
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponseBase

from modelship.lib.ids import new_id

log = structlog.get_logger(__name__)

QUIET = ("/static/", "/health")
GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if GIVEN.fullmatch(given) else new_id().hex
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            if request.path.startswith("/api/"):
                response.setdefault("Cache-Control", "private, no-store")
            # The noise of every page: its static files, and the probes of whoever watches.
            quiet = request.path.startswith(QUIET) and response.status_code < 400
            (log.debug if quiet else log.info)(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )
        return response
