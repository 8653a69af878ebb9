"""Every refusal of REST, as an RFC 9457 problem document with the request's id."""

from typing import Any

import structlog
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import OperationalError
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.views import set_rollback

from modelship.api.rendering import to_json
from modelship.lib import errors

log = structlog.get_logger(__name__)

RETRY_SECONDS = "5"


def request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def problem_response(problem: errors.Problem) -> HttpResponse:
    body = to_json({**problem.as_dict(), "request_id": request_id()})
    response = HttpResponse(body, status=problem.status, content_type="application/problem+json")
    if problem.status == 401:
        response["WWW-Authenticate"] = 'Api-Key realm="api"'
    if problem.status in (429, 503):
        response["Retry-After"] = str(problem.extra.get("retry_after", RETRY_SECONDS))
    return response


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's hook; None lets an unknown error become the 500 that the log explains."""
    problem = problem_of(error)
    if problem is None:
        return None
    set_rollback()
    return problem_response(problem)


def problem_of(error: Exception) -> errors.Problem | None:
    """The refusal that an exception means; None for one that is a defect."""
    if isinstance(error, errors.Problem):
        return error
    if isinstance(error, Http404):
        return errors.NotFound()
    if isinstance(error, PermissionDenied):
        return errors.Forbidden("You may not do this.")
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return errors.TooLarge("The request is larger than this server takes. Send it in parts.")
    if isinstance(error, OperationalError):
        log.warning("database_unavailable", error=str(error))
        return errors.Unavailable("The database is busy. Try again in a moment.")
    if isinstance(error, exceptions.APIException):
        return _of_rest(error)
    return None


def _of_rest(error: exceptions.APIException) -> errors.Problem:
    kinds: dict[int, type[errors.Problem]] = {
        400: errors.BadRequest,
        401: errors.Unauthorized,
        403: errors.Forbidden,
        404: errors.NotFound,
        405: errors.NotAllowed,
        406: errors.NotAcceptable,
        415: errors.UnsupportedType,
        429: errors.TooManyRequests,
    }
    kind = kinds.get(error.status_code, errors.BadRequest)
    if kind is errors.Unauthorized:
        return kind("Sign in, or send 'Authorization: Api-Key <key>'.")
    detail = error.detail if isinstance(error.detail, str) else "The request is malformed."
    return kind(str(detail))
