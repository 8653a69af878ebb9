"""Pages of other origins may call the API where the operator lists them: with a key, never with a cookie."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
# What clients of the API send, tus among them.
SENT = (
    "Authorization, Content-Type, X-Tenant, X-Request-ID, If-Match, If-None-Match, Range, If-Range, "
    "Tus-Resumable, Upload-Length, Upload-Metadata, Upload-Offset, Upload-Checksum"
)
READ = (
    "ETag, Location, Content-Disposition, Content-Range, Accept-Ranges, Retry-After, X-Request-ID, "
    "Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Upload-Offset, Upload-Length, Upload-Expires"
)
REMEMBERED_SECONDS = "600"


class CorsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        allowed = settings.MODELSHIP_CORS_ORIGINS
        if not allowed or not request.path.startswith("/api/"):
            return self.get_response(request)
        origin = request.headers.get("Origin")
        if origin not in allowed:
            return _varied(self.get_response(request))
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response: HttpResponseBase = _preflight()
        else:
            response = self.get_response(request)
            response["Access-Control-Expose-Headers"] = READ
        response["Access-Control-Allow-Origin"] = origin
        return _varied(response)


def _preflight() -> HttpResponse:
    return HttpResponse(
        status=204,
        headers={
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": SENT,
            "Access-Control-Max-Age": REMEMBERED_SECONDS,
        },
    )


def _varied(response: HttpResponseBase) -> HttpResponseBase:
    """A cache keeps the answers to one origin apart from those to another."""
    patch_vary_headers(response, ["Origin"])  # type: ignore[arg-type]
    return response
