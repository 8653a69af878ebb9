"""What is answered when no view answered: problem documents under /api/, pages elsewhere."""

from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from modelship.api.pages import problem_page
from modelship.api.problems import problem_of, problem_response
from modelship.lib.errors import BadRequest, Forbidden, InternalError, NotFound, Problem

log = structlog.get_logger(__name__)


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem_response(problem)
    return problem_page(request, problem)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, BadRequest("The request could not be read."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, Forbidden("You may not do this."))


@csrf_exempt
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    return answer(request, InternalError("Something broke on our side; the log has the details."))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    log.info("csrf_refused", reason=reason)
    return answer(request, Forbidden("The form had expired. Reload the page and send it again.", code="csrf"))


class ProblemMiddleware:
    """A Problem raised by a plain Django view, or by a guard in front of it, is an answer too."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        problem = problem_of(error)
        return None if problem is None else answer(request, problem)
