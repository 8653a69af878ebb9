"""The base of every REST view: credentials to actor, strict input, problem documents out."""

from typing import Any, TypeVar, cast

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model
from django.http import HttpRequest
from rest_framework.views import APIView

from modelship.accounts.actors import Actor
from modelship.lib.errors import BadRequest, NotFound, PreconditionFailed

M = TypeVar("M", bound=Model)


class ApiView(APIView):
    """A view whose `self.actor` is known: session or key, in one tenant."""

    # The statuses of a POST that was taken, for the description of the API.
    post_answers: tuple[int, ...] = (201,)

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


def held(row: M) -> M:
    """The row as it is now, nobody else's to change until the transaction ends. Raises NotFound where it has gone.

    What a PATCH does not name, and what its If-Match was compared with, is then what others left.
    """
    try:
        row.refresh_from_db(from_queryset=type(row)._default_manager.select_for_update(no_key=True))
    except ObjectDoesNotExist as error:
        raise NotFound() from error
    return row


def check_if_match(request: HttpRequest, etag: str) -> None:
    """Raises PreconditionFailed when the call was meant for an earlier state of the object."""
    wanted = request.META.get("HTTP_IF_MATCH", "").strip()
    if wanted and wanted != "*" and etag not in [tag.strip().strip('"') for tag in wanted.split(",")]:
        raise PreconditionFailed("It was changed since you read it. Read it again and repeat.", etag=etag)
