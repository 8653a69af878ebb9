"""What the person who asks was told of."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from modelship.api.paging import page
from modelship.api.values import choice_of, id_of, text_of
from modelship.api.views import ApiView
from modelship.lib.errors import BadRequest
from modelship.notices.actions import choose_mail, mark_read
from modelship.notices.models import MailChoice
from modelship.notices.queries import (
    NEWEST_FIRST,
    mail_choice_of,
    notice_dict,
    notices_of,
    unread_count,
)

MOST_MARKED = 500
UNREAD = ("true", "false")
PARAMETERS = [OpenApiParameter("unread", str, enum=list(UNREAD), description="`true`: only what is unread.")]


class Notifications(ApiView):
    """One's own notifications in the tenant, newest first, and how many are `unread`."""

    @extend_schema(parameters=PARAMETERS)
    def get(self, request: Request) -> Response:
        rows = notices_of(self.actor)
        if choice_of(request.query_params.dict(), "unread", UNREAD, default="false") == "true":
            rows = rows.filter(read_at__isnull=True)
        listed = page(request, rows, order=NEWEST_FIRST, to_dict=notice_dict)
        return Response({**listed, "unread": unread_count(self.actor)})


class NotificationsRead(ApiView):
    """POST exactly one of {"ids": [...]}, {"subject": "thread:id"} and {"all": true}: those are read."""

    post_answers = (200,)

    def post(self, request: Request) -> Response:
        marked = mark_read(self.actor, _which(self.fields("ids", "subject", "all")))
        return Response({"marked": marked, "unread": unread_count(self.actor)})


class NotificationSettings(ApiView):
    """What the person wants by mail: {"mail": "none|mentions|all", "pace": "soon|daily"}."""

    def get(self, request: Request) -> Response:
        return Response(mail_choice_of(self.actor.user_id))

    def put(self, request: Request) -> Response:
        data = self.fields("mail", "pace")
        mail = choice_of(data, "mail", tuple(MailChoice.What.values))
        pace = choice_of(data, "pace", tuple(MailChoice.Pace.values), default=MailChoice.Pace.SOON)
        choose_mail(self.actor, mail=mail, pace=pace)
        return Response(mail_choice_of(self.actor.user_id))


def _which(data: dict[str, Any]) -> Q:
    if len(data) != 1:
        raise BadRequest("Send exactly one of 'ids', 'subject' and 'all'.")
    if "all" in data:
        if data["all"] is not True:
            raise BadRequest("'all' must be true.", field="all")
        return Q()
    if "subject" in data:
        return Q(subject=text_of(data, "subject", most=100))
    return Q(pk__in=_ids(data["ids"]))


def _ids(given: Any) -> list[UUID]:
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_MARKED:
        raise BadRequest(f"'ids' must list 1 to {MOST_MARKED} notifications.", field="ids")
    return [id_of(one, "ids") for one in given]
