"""The pages of team sessions: a dataset's list with the form to begin one, one as it goes on, and what came out."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.actions import session_people as people
from annotations.actions import sessions as actions
from annotations.actions.session_pictures import next_picture
from annotations.models import TeamSession
from annotations.queue_queries import NEWEST, OLDEST, UNCERTAINTY
from annotations.session_queries import (
    first_in,
    people_of,
    person_in,
    progress_of,
    seen_in,
    session_dict,
    session_for,
    sessions_in,
    shown_dicts,
)
from annotations.session_summary_queries import picture_dict, picture_rows, summary_of
from annotations.version_queries import need_images
from datasets.audience import people_who_see
from datasets.models import Dataset
from datasets.queries import dataset_for
from modelship.accounts.actors import Actor
from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.paging import page
from modelship.api.values import choice_of, id_of, text_of
from modelship.lib.errors import BadRequest, Conflict, Forbidden, Problem, Unprocessable
from modelship.projects.gate import can
from modelship.web.session_charts import charts_of
from modelship.web.views.datasets import tabs_of
from modelship.web.views.projects import crumbs_of

ORDERS = {OLDEST: "Oldest first", NEWEST: "Newest first", UNCERTAINTY: "Least sure first"}
MODES = {
    TeamSession.Mode.TOGETHER.value: (
        "Together",
        "Everybody sees the picture of who leads, and may look around alone.",
    ),
    TeamSession.Mode.APART.value: ("Apart", "Everybody gets pictures of their own; no two get the same."),
}
WHERE = {"joined": "Away", "left": "Has left", "invited": "Invited"}
LISTED = 100


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def dataset_sessions(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """GET lists them, and counts what the search of the form finds; POST begins one."""
    actor, is_post = request.actor, request.method == "POST"
    dataset = dataset_for(actor, dataset_id, "review" if is_post else "view")
    need_images(dataset)
    sent = request.POST if is_post else request.GET
    problem, found = None, None
    try:
        plan = plan_of(sent)
        if is_post:
            session, _ = actions.begin_session(actor, dataset, plan)
            return redirect("session", session.pk)
        found = len(actions.pictures_for(actor, dataset, plan)) if "q" in sent else None
    except (BadRequest, Unprocessable, Conflict) as refusal:
        problem = refusal
    context = _list_context(actor, dataset, sent) | {"problem": problem, "found": found}
    return render(request, "web/sessions/list.html", context, status=problem.status if problem else 200)


def plan_of(sent: QueryDict) -> actions.Plan:
    """What the form asks for; a look at it (GET) needs no name."""
    data: dict[str, Any] = sent.dict()
    return actions.Plan(
        name=text_of(data, "name", most=200, default=None if "mode" in data else ""),
        line=text_of(data, "q", most=2_000, default=""),
        order=choice_of(data, "order", actions.ORDERS, default=OLDEST),
        mode=choice_of(data, "mode", tuple(MODES), default=TeamSession.Mode.TOGETHER.value),
        people=[id_of(one, "people") for one in sent.getlist("people")],
    )


def _list_context(actor: Actor, dataset: Dataset, sent: QueryDict) -> dict[str, Any]:
    others = [user for user in people_who_see(dataset, "view") if user.pk != actor.user_id]
    able = {user.pk for user in people_who_see(dataset, "review")}
    chosen = set(sent.getlist("people"))
    return {
        "dataset": dataset,
        "crumbs": crumbs_of(dataset.project),
        "tabs": tabs_of(actor, dataset),
        "sessions": shown_dicts(sessions_in(dataset).order_by("-begun_at", "id")[:LISTED]),
        "may_begin": can(actor, dataset.project, "review"),
        "others": [
            {"user": user, "judges": user.pk in able, "is_chosen": str(user.pk) in chosen} for user in others
        ],
        "orders": ORDERS,
        "modes": MODES,
        "sent": {
            "name": sent.get("name", ""),
            "q": sent.get("q", ""),
            "order": sent.get("order", OLDEST),
            "mode": sent.get("mode", "together"),
        },
    }


@require_safe
@signed_in
def session_page(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """How it goes on: who takes part, how far it is, and what one may do; the page keeps itself up to date."""
    actor = request.actor
    session = session_for(actor, session_id, "view")
    project = session.dataset.project
    own = person_in(session, actor.user_id)
    everybody = people_of(session)
    known = {one["user"]["id"] for one in everybody}
    progress = progress_of(session)
    _describe(session, everybody, progress)
    is_manager = can(actor, project, "manage")
    leads = session.leader_id is not None and session.leader_id == actor.user_id
    context = {
        "session": session_dict(session),
        "crumbs": [*crumbs_of(project), *_crumbs(session.dataset)],
        "people": everybody,
        "progress": progress,
        "mode_words": MODES[session.mode],
        "takes_part": own is not None and own.takes_part,
        "may_join": own is not None or is_manager,
        "may_lead": leads or is_manager,
        "leads": leads,
        "may_review": can(actor, project, "review"),
        "may_delete": is_manager or session.created_by_id == actor.user_id,
        "invitable": [one for one in people_who_see(session.dataset, "view") if str(one.pk) not in known],
        "other_mode": next(mode for mode in MODES if mode != session.mode),
    }
    return render(request, "web/sessions/session.html", context)


def _describe(session: TeamSession, everybody: list[dict[str, Any]], progress: dict[str, Any]) -> None:
    """Add to each person what they judged, whether they lead, and where they are."""
    none, here = dict.fromkeys(progress["verdicts"], 0), seen_in(session)
    for one in everybody:
        uid = one["user"]["id"]
        is_here = one["state"] == "joined" and UUID(uid) in here
        where = "Here" if is_here else WHERE[one["state"]]
        verdicts = progress["people"].get(uid, none)
        one |= {"verdicts": verdicts, "leads": uid == str(session.leader_id), "where": where}


def _crumbs(dataset: Dataset) -> list[dict[str, str]]:
    return [
        {"href": reverse("dataset", args=[dataset.id]), "label": dataset.name},
        {"href": reverse("dataset-sessions", args=[dataset.id]), "label": "Sessions"},
    ]


@require_POST
@signed_in
def session_act(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """One of the buttons of the page; what is refused is told there."""
    session = session_for(request.actor, session_id, "view")
    dataset_id, action = session.dataset_id, request.POST.get("action", "")
    try:
        _act(request.actor, session, action, request.POST)
    except (BadRequest, Conflict, Forbidden, Unprocessable) as refusal:
        messages.error(request, refusal.detail)
    else:
        if action == "delete":
            messages.success(request, "The session is deleted. The reviews stay.")
            return redirect("dataset-sessions", dataset_id)
        if action == "end":
            return redirect("session-summary", session.pk)
    return redirect("session", session.pk)


def _act(actor: Actor, session: TeamSession, action: str, sent: QueryDict) -> None:
    if action == "join":
        people.join(actor, session)
    elif action == "leave":
        people.leave(actor, session)
    elif action == "invite":
        people.invite(actor, session, [id_of(one, "people") for one in sent.getlist("people")])
    elif action == "lead":
        leader = id_of(sent.get("leader") or str(actor.user_id), "leader")
        actions.change_session(actor, session, {"leader": leader})
    elif action == "mode":
        mode = choice_of(sent.dict(), "mode", tuple(MODES))
        actions.change_session(actor, session, {"mode": mode})
    elif action == "end":
        actions.change_session(actor, session, {"state": actions.ENDED})
    elif action == "delete":
        actions.delete_session(actor, session)
    else:
        raise BadRequest("There is no such button.", field="action")


@require_POST
@signed_in
def session_go(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """Take part, and open the picture where one is to look now."""
    actor = request.actor
    session = session_for(actor, session_id, "view")
    try:
        people.join(actor, session)
        image = _picture_for(actor, session)
    except Problem as refusal:
        messages.error(request, refusal.detail)
        return redirect("session", session.pk)
    if image is None:
        messages.info(request, "Nothing is left here for you.")
        return redirect("session", session.pk)
    return redirect(f"{reverse('editor', args=[image])}?session={session.pk}")


def _picture_for(actor: Actor, session: TeamSession) -> UUID | None:
    if session.mode == TeamSession.Mode.APART and can(actor, session.dataset.project, "annotate"):
        return next_picture(actor, session)
    return session.image_id or first_in(session)


@require_safe
@signed_in
def session_summary(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """What came out, in charts with tables, and every picture with its verdict."""
    session = session_for(request.actor, session_id, "view")
    summary = summary_of(session, with_pictures=False)
    listed = page(request, picture_rows(session), order=("ordinal",), to_dict=picture_dict)
    context = {
        "session": session,
        "crumbs": [*crumbs_of(session.dataset.project), *_crumbs(session.dataset)],
        "summary": summary,
        "charts": charts_of(summary),
        "pictures": listed["results"],
        "next": listed["next"],
        "previous": listed["previous"],
    }
    return render(request, "web/sessions/summary.html", context)
