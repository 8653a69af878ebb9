"""The refusals of every door: raised anywhere, answered as RFC 9457 problem documents."""

from typing import Any, ClassVar


class Problem(Exception):
    """A refusal that a person can act on. `detail` says what to do next, `code` is for programs."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"
    default_code: ClassVar[str] = "internal_error"

    def __init__(self, detail: str, *, code: str | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.default_code
        self.extra = extra

    def as_dict(self) -> dict[str, Any]:
        return {
            "type": f"about:blank#{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.extra,
        }

    def __reduce__(self) -> tuple:
        return _rebuild, (type(self), self.detail, self.code, self.extra)


def _rebuild(kind: type[Problem], detail: str, code: str, extra: dict) -> Problem:
    return kind(detail, code=code, **extra)


class BadRequest(Problem):
    status, title, default_code = 400, "Bad request", "malformed"


class Unauthorized(Problem):
    status, title, default_code = 401, "Sign in first", "unauthorized"


class Forbidden(Problem):
    status, title, default_code = 403, "Not allowed", "forbidden"


class NotFound(Problem):
    status, title, default_code = 404, "Not found", "not_found"

    def __init__(
        self, detail: str = "There is nothing here.", *, code: str | None = None, **extra: Any
    ) -> None:
        super().__init__(detail, code=code, **extra)


class NotAllowed(Problem):
    status, title, default_code = 405, "Method not allowed", "method_not_allowed"


class NotAcceptable(Problem):
    status, title, default_code = 406, "Not acceptable", "not_acceptable"


class Conflict(Problem):
    status, title, default_code = 409, "Conflict", "conflict"


class Gone(Problem):
    status, title, default_code = 410, "Gone", "gone"


class LengthRequired(Problem):
    status, title, default_code = 411, "Length required", "length_required"


class PreconditionFailed(Problem):
    status, title, default_code = 412, "It changed meanwhile", "stale"


class TooLarge(Problem):
    status, title, default_code = 413, "Too large", "too_large"


class UnsupportedType(Problem):
    status, title, default_code = 415, "Unsupported type", "unsupported_type"


class RangeNotSatisfiable(Problem):
    status, title, default_code = 416, "Range not satisfiable", "range_not_satisfiable"


class Unprocessable(Problem):
    status, title, default_code = 422, "Can't be done", "unprocessable"


class TooManyRequests(Problem):
    status, title, default_code = 429, "Too many requests", "rate_limited"


class ChecksumMismatch(Problem):
    """460 is tus's own."""

    status, title, default_code = 460, "Checksum mismatch", "checksum_mismatch"


class InternalError(Problem):
    status, title, default_code = 500, "Internal error", "internal_error"


class Unavailable(Problem):
    status, title, default_code = 503, "Temporarily unavailable", "unavailable"
