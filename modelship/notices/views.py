"""The page of what one was told of."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.paging import page
from modelship.api.values import choice_of
from modelship.notices.actions import choose_mail, mark_read
from modelship.notices.models import MailChoice, Notice
from modelship.notices.queries import NEWEST_FIRST, mail_choice_of, notice_for, notices_of, unread_count

MAILS = (
    (MailChoice.What.NONE.value, "Nothing"),
    (MailChoice.What.MENTIONS.value, "When somebody names me"),
    (MailChoice.What.ALL.value, "Everything on this page"),
)
PACES = ((MailChoice.Pace.SOON.value, "Within minutes"), (MailChoice.Pace.DAILY.value, "Once a day"))


@require_safe
@signed_in
def notices(request: SignedInRequest) -> HttpResponse:
    """All, or what is unread, newest first; and what goes by mail."""
    actor, current = request.actor, "unread" if request.GET.get("show") == "unread" else ""
    rows = notices_of(actor)
    if current:
        rows = rows.filter(read_at__isnull=True)
    base = reverse("notices")
    context = {
        "page": page(request, rows, order=NEWEST_FIRST, to_dict=_shown),
        "unread": unread_count(actor),
        "current": current,
        "tabs": [
            {"key": "", "label": "All", "href": base},
            {"key": "unread", "label": "Unread", "href": f"{base}?show=unread"},
        ],
        "choice": mail_choice_of(actor.user_id),
        "mails": MAILS,
        "paces": PACES,
        "has_mail": bool(settings.MODELSHIP_EMAIL_URL),
    }
    return render(request, "notices/list.html", context)


@require_safe
@signed_in
def notice(request: SignedInRequest, notice_id: UUID) -> HttpResponse:
    """To the place that it is about; it is read by that."""
    found = notice_for(request.actor, notice_id)
    mark_read(request.actor, Q(pk=found.pk))
    return redirect(found.path)


@require_POST
@signed_in
def notices_read(request: SignedInRequest) -> HttpResponse:
    mark_read(request.actor, Q())
    return redirect("notices")


@require_POST
@signed_in
def notices_mail(request: SignedInRequest) -> HttpResponse:
    """Take the choice of the form; raises BadRequest for what it does not offer."""
    data = request.POST.dict()
    mail = choice_of(data, "mail", tuple(MailChoice.What.values))
    pace = choice_of(data, "pace", tuple(MailChoice.Pace.values))
    choose_mail(request.actor, mail=mail, pace=pace)
    messages.success(request, "Saved.")
    return redirect("notices")


def _shown(notice: Notice) -> dict[str, object]:
    return {"notice": notice, "href": reverse("notice", args=[notice.pk])}
