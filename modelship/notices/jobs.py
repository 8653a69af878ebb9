"""Mail about what a person has not read, and what is told when a job fails."""

from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from modelship.accounts.models import Membership
from modelship.jobs import endings
from modelship.jobs.context import JobContext
from modelship.jobs.errors import Retryable
from modelship.jobs.models import Job
from modelship.jobs.registry import register
from modelship.lib.clock import now
from modelship.notices.actions import MAIL, News, notify
from modelship.notices.models import Notice
from modelship.notices.queries import mail_choice_of, unmailed

# So many lines are in one mail; the page has all.
MOST_LINES = 50


def mail(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Send one person one mail about what is unread. Running it again sends what was not sent.

    Raises Retryable where the mail server is away.
    """
    member = Membership.objects.filter(
        tenant=job.tenant, user=job.args["user"], is_active=True, user__is_active=True
    )
    found = member.select_related("user").first()
    if found is None:
        return {"told": 0}
    wanted = mail_choice_of(found.user_id)["mail"]
    notices = list(unmailed(found.user_id, job.tenant_id, wanted))
    if not notices:
        return {"told": 0}
    ctx.check()
    try:
        message_for(found, notices).send()
    except (OSError, SMTPException) as error:
        raise Retryable("The mail server did not take the mail. It is tried again.", code="mail") from error
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mailed_at=now())
    return {"told": len(notices)}


def message_for(member: Membership, notices: list[Notice]) -> EmailMessage:
    """Plain text and one link, to the page that has them all."""
    first, *rest = notices
    subject = first.text if not rest else f"{len(notices)} things to look at in {member.tenant.name}"
    lines = [f"- {notice.text}{f' ({notice.count} times)' if notice.count > 1 else ''}" for notice in notices]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"… and {len(notices) - MOST_LINES:,} more."]
    place = f"{site()}{reverse('notice', args=[first.pk]) if not rest else reverse('notices')}"
    body = "\n".join(
        [*lines, "", place, "", "What you get by mail you choose on that site, under Notifications."]
    )
    # A header is one line, whatever somebody wrote.
    return EmailMessage(" ".join(subject.split()), body, to=[member.user.email])


def site() -> str:
    """Where people reach this site: the first of its origins, else the address that it listens at."""
    return next(
        iter(settings.MODELSHIP_ORIGINS), f"http://{settings.MODELSHIP_BIND}:{settings.MODELSHIP_PORT}"
    )


def tell_of_failure(job: Job) -> None:
    """Tell who started a job that it failed; of steps their job tells, and mail tells nothing of itself."""
    if job.created_by_id is None or job.parent_id is not None or job.kind == MAIL:
        return
    text = f"{job.title}: this job failed."
    path = reverse("job", args=[job.pk])
    notify(
        job.tenant, [job.created_by_id], News(Notice.Kind.JOB_FAILED, f"job:{job.pk}", text, path), by=None
    )


def register_jobs() -> None:
    """Called once, when the app is ready."""
    register(MAIL, mail, title="Mail about what is new", max_attempts=5)
    endings.register(tell_of_failure)
