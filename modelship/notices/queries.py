"""Reads of notices: one's own, in the tenant that one works in."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from modelship.accounts.actors import Actor
from modelship.accounts.roles import scopes_allow
from modelship.lib.clock import wire
from modelship.lib.errors import Forbidden, NotFound
from modelship.notices.models import MailChoice, Notice

NEWEST_FIRST = ("-updated_at", "id")
# What each choice of mail wants; the other kinds are for the page alone.
WANTED = {
    MailChoice.What.NONE.value: Q(pk__in=[]),
    MailChoice.What.MENTIONS.value: Q(kind=Notice.Kind.MENTION),
    MailChoice.What.ALL.value: Q(),
}


def notices_of(actor: Actor) -> QuerySet[Notice]:
    """The person's own. Raises Forbidden for a key that may not view."""
    if not scopes_allow(actor.scopes, "view"):
        raise Forbidden("This key may not read. Make one with the scope 'view'.")
    return Notice.objects.filter(user=actor.user_id, tenant=actor.tenant)


def notice_for(actor: Actor, notice_id: UUID) -> Notice:
    """Raises NotFound for somebody else's and an absent one."""
    found = notices_of(actor).filter(pk=notice_id).first()
    if found is None:
        raise NotFound()
    return found


def unread_count(actor: Actor) -> int:
    return Notice.objects.filter(user=actor.user_id, tenant=actor.tenant, read_at__isnull=True).count()


def mail_choice_of(user_id: UUID | None) -> dict[str, str]:
    """{"mail", "pace"}; without a choice, none."""
    found = MailChoice.objects.filter(user=user_id).first() or MailChoice()
    return {"mail": found.what, "pace": found.pace}


def unmailed(user_id: UUID, tenant_id: UUID, what: str) -> QuerySet[Notice]:
    """What is to go by mail: unread, wanted and not mailed yet, the oldest first."""
    rows = Notice.objects.filter(user=user_id, tenant=tenant_id, read_at__isnull=True, mailed_at__isnull=True)
    return rows.filter(WANTED[what]).order_by("updated_at", "id")


def notice_dict(notice: Notice) -> dict[str, Any]:
    return {
        "id": str(notice.pk),
        "kind": notice.kind,
        "subject": notice.subject,
        "text": notice.text,
        "url": notice.path,
        "count": notice.count,
        "is_read": notice.read_at is not None,
        "created_at": wire(notice.created_at),
        "updated_at": wire(notice.updated_at),
    }
