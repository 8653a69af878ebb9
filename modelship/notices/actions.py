"""Telling people, marking what they have read, and what they want by mail."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from modelship.accounts.actors import Actor
from modelship.accounts.models import Membership, Tenant
from modelship.accounts.roles import scopes_allow
from modelship.audit.actions import record
from modelship.jobs.actions import enqueue
from modelship.lib.clock import now
from modelship.lib.errors import Forbidden
from modelship.notices.models import MailChoice, Notice
from modelship.notices.queries import notices_of

MAIL = "notices.mail"
# What happens within this time goes in one mail.
SOON = timedelta(minutes=2)
# When a day's mail goes, by UTC.
DAILY = time(6, 0)
# What was read longer ago is forgotten.
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell: what kind, about what, in which words, where it leads, and how many things it stands for."""

    kind: str
    subject: str
    text: str
    path: str
    count: int = 1


@transaction.atomic
def notify(tenant: Tenant, people: Iterable[UUID], news: News, *, by: UUID | None) -> None:
    """Tell people who are members of the tenant, but never who did it themselves.

    What they have not read yet about the same thing becomes one notice with the last words. Who wants mail gets it by a
    job. The caller answers for it that they may see what it is about.
    """
    rows = Membership.objects.filter(tenant=tenant, user__in=set(people) - {by}, is_active=True)
    members = list(rows.filter(user__is_active=True).select_related("user", "tenant").order_by("user"))
    told = {member.user_id for member in members}
    said = {"text": _short(news.text), "path": news.path}
    unread = Notice.objects.filter(
        tenant=tenant, user__in=told, kind=news.kind, subject=news.subject, read_at__isnull=True
    )
    # Held in order, so that two who tell the same people never wait for each other.
    known = set(unread.select_for_update().order_by("user").values_list("user_id", flat=True))
    unread.filter(user__in=known).update(
        **said, count=F("count") + news.count, updated_at=now(), mailed_at=None
    )
    fresh = [
        Notice(tenant=tenant, user_id=uid, kind=news.kind, subject=news.subject, count=news.count, **said)
        for uid in sorted(told - known)
    ]
    # Where somebody tells the same at this moment, theirs serves.
    Notice.objects.bulk_create(fresh, ignore_conflicts=True)
    _order_mail(members, news.kind)


def forget(tenant: Tenant, subject: str) -> None:
    """Take back what was told about something that is gone."""
    Notice.objects.filter(tenant=tenant, subject=subject).delete()


@transaction.atomic
def mark_read(actor: Actor, which: Q) -> int:
    """Mark those of the person's own notices as read; returns how many were not. What is old and read goes."""
    _need_hand(actor)
    own = notices_of(actor)
    own.filter(read_at__lt=now() - KEPT).delete()
    return own.filter(which, read_at__isnull=True).update(read_at=now())


@transaction.atomic
def choose_mail(actor: Actor, *, mail: str, pace: str) -> None:
    """What the person wants by mail from now on."""
    _need_hand(actor)
    record(actor, "mail.chosen", f"user:{actor.user_id}", mail=mail, pace=pace)
    MailChoice.objects.update_or_create(user=actor.user, defaults={"what": mail, "pace": pace})


def _need_hand(actor: Actor) -> None:
    if actor.user is None or not scopes_allow(actor.scopes, "annotate"):
        raise Forbidden("This key's scopes only let you read. Sign in, or use another key.")


def _order_mail(members: Collection[Membership], kind: str) -> None:
    """One job for each person and tenant, which takes along what comes until it runs."""
    if not settings.MODELSHIP_EMAIL_URL:
        return
    choices = MailChoice.objects.filter(user__in=[member.user_id for member in members]).in_bulk()
    for member in members:
        choice = choices.get(member.user_id)
        if choice is None or not _wants(choice.what, kind):
            continue
        args: dict[str, Any] = {"user": str(member.user_id)}
        enqueue(
            MAIL,
            tenant=member.tenant,
            args=args,
            actor=Actor.of_membership(member),
            dedupe_key=f"{member.user_id}:{choice.pace}",
            run_at=_due(choice.pace),
        )


def _wants(what: str, kind: str) -> bool:
    return what == MailChoice.What.ALL or (what == MailChoice.What.MENTIONS and kind == Notice.Kind.MENTION)


def _due(pace: str) -> datetime:
    if pace == MailChoice.Pace.SOON:
        return now() + SOON
    today = datetime.combine(now().date(), DAILY, tzinfo=now().tzinfo)
    return today if today > now() else today + timedelta(days=1)


def _short(text: str) -> str:
    most = Notice._meta.get_field("text").max_length or 0
    return text if len(text) <= most else f"{text[: most - 1]}…"
