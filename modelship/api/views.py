"""The base of every REST view: credentials to actor, strict input, problem documents out."""

from typing import Any, cast

from django.http import HttpRequest
from rest_framework.views import APIView

from modelship.accounts.actors import Actor
from modelship.lib.errors import BadRequest, PreconditionFailed


class ApiView(APIView):
    """A view whose `self.actor` is known: session or key, in one tenant."""

    @property
    def actor(self) -> Actor:
        return cast(Actor, self.request.auth)

    def body(self) -> dict[str, Any]:
        """The JSON object of the request; raises BadRequest for any other value."""
        data = self.request.data
        if not isinstance(data, dict):
            raise BadRequest("Send a JSON object.")
        return data

    def fields(self, *allowed: str) -> dict[str, Any]:
        """The JSON object, with only the allowed keys; raises BadRequest naming an unknown one."""
        data = self.body()
        for key in data:
            if key not in allowed:
                raise BadRequest(
                    f"'{key}' is not known here. Allowed: {', '.join(allowed)}.", code="unknown_field"
                )
        return data


def check_if_match(request: HttpRequest, etag: str) -> None:
    """Raises PreconditionFailed when the call was meant for an earlier state of the object."""
    wanted = request.META.get("HTTP_IF_MATCH", "").strip()
    if wanted and wanted != "*" and etag not in [tag.strip().strip('"') for tag in wanted.split(",")]:
        raise PreconditionFailed("It was changed since you read it. Read it again and repeat.", etag=etag)
