"""Reads of language models: the endpoints that an actor may use, and what they took. None shows a key."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Sum

from annotations.models import LabelClass
from datasets.models import Dataset
from datasets.queries import need_view
from inference.language_options import MAX_OPTIONS, UNREVIEWED, TextSelection
from inference.models import LanguageEndpoint, LanguageUse, Text
from modelship.accounts.actions import need_role
from modelship.accounts.actors import Actor
from modelship.accounts.models import Tenant
from modelship.jobs.models import Job
from modelship.lib.clock import now, wire
from modelship.lib.errors import Conflict, NotFound

BY_NAME = ("name", "id")
# Calls that the speed of an endpoint is told from.
LAST_CALLS = 50


def endpoints_of(actor: Actor) -> QuerySet[LanguageEndpoint]:
    need_view(actor)
    return LanguageEndpoint.objects.filter(tenant=actor.tenant)


def endpoints_that_see(actor: Actor) -> list[LanguageEndpoint]:
    """Those that can be asked about pictures, the default first."""
    return list(endpoints_of(actor).filter(sees_images=True).order_by("-is_default", *BY_NAME))


def endpoint_for(actor: Actor, endpoint_id: UUID | str) -> LanguageEndpoint:
    """One endpoint; raises NotFound for another tenant's exactly as for none."""
    found = endpoints_of(actor).filter(id=endpoint_id).first()
    if found is None:
        raise NotFound()
    return found


def changeable_endpoint(actor: Actor, endpoint_id: UUID | str) -> LanguageEndpoint:
    found = endpoint_for(actor, endpoint_id)
    need_role(actor, "manage")
    return found


def endpoint_to_use(actor: Actor, wanted: str = "") -> LanguageEndpoint:
    """The endpoint with that id or name; without one the default, or the only one there is.

    Raises NotFound for an unknown one, and Conflict where none is set up.
    """
    rows = endpoints_of(actor)
    if wanted:
        found = rows.filter(id=wanted) if is_id(wanted) else rows.filter(name=wanted)
        if one := found.first():
            return one
        raise NotFound("There is no such endpoint. Choose one of yours.", code="unknown_endpoint")
    known = list(rows.order_by("-is_default", *BY_NAME)[:2])
    if not known:
        raise Conflict(
            "No language model is set up. A manager adds an endpoint in the settings, under Language models.",
            code="no_language_model",
        )
    if len(known) > 1 and not known[0].is_default:
        raise Conflict(
            "Several language models are set up and none is the default. Name one with 'endpoint'.",
            code="no_default_endpoint",
        )
    return known[0]


def endpoint_dict(endpoint: LanguageEndpoint) -> dict[str, Any]:
    """The wire shape. Of the key only the last characters are told."""
    return {
        "id": str(endpoint.id),
        "name": endpoint.name,
        "base_url": endpoint.base_url,
        "model": endpoint.model,
        "key": {"set": bool(endpoint.secret), "hint": endpoint.key_hint},
        "sees_images": endpoint.sees_images,
        "requests_per_minute": endpoint.requests_per_minute,
        "requests_at_once": endpoint.requests_at_once,
        "texts_per_request": endpoint.texts_per_request,
        "input_price": float(endpoint.input_price),
        "output_price": float(endpoint.output_price),
        "monthly_tokens": endpoint.monthly_tokens,
        "used_this_month": used_this_month(endpoint),
        "is_default": endpoint.is_default,
        "created_at": wire(endpoint.created_at),
        "updated_at": wire(endpoint.updated_at),
    }


def is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def used_this_month(endpoint: LanguageEndpoint) -> int:
    return endpoint.month_tokens if endpoint.month == this_month() else 0


def this_month() -> str:
    return now().strftime("%Y-%m")


def month_start() -> datetime:
    return now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def counted_tokens(tenant: Tenant) -> int:
    """What the tenant has used this month, with what is reserved for calls under way."""
    rows = LanguageUse.objects.filter(tenant=tenant, created_at__gte=month_start())
    total = rows.aggregate(total=Sum(F("input_tokens") + F("output_tokens") + F("reserved")))["total"]
    return int(total or 0)


def seconds_a_request(endpoint: LanguageEndpoint) -> float | None:
    """How long the last calls took, for each request; None before there was one."""
    rows = LanguageUse.objects.filter(endpoint=endpoint, reserved=0, requests__gt=0).order_by("-created_at")
    last = rows.values_list("milliseconds", "requests")[:LAST_CALLS]
    requests = sum(count for _, count in last)
    return sum(took for took, _ in last) / 1000 / requests if requests else None


def tag_names(dataset: Dataset) -> list[str]:
    """The project's classes that can be said of something as a whole, as many as a question may have and one more."""
    rows = LabelClass.objects.filter(project=dataset.project_id).exclude(use=LabelClass.Use.SHAPES)
    return list(rows.order_by("order", "id").values_list("name", flat=True)[: MAX_OPTIONS + 1])


def texts_to_classify(dataset: Dataset, selection: TextSelection | None = None) -> QuerySet[Text]:
    """The selected texts that no person has reviewed, in order."""
    rows = Text.objects.filter(dataset=dataset, state__in=UNREVIEWED)
    if selection and selection.ids is not None:
        rows = rows.filter(id__in=selection.ids)
    elif selection:
        rows = rows.filter(state__in=selection.states)
    return rows.order_by("ordinal")


def used_by(job: Job) -> dict[str, int]:
    """The tokens that a job took so far."""
    rows = LanguageUse.objects.filter(job=job)
    sums = rows.aggregate(input=Sum("input_tokens"), output=Sum("output_tokens"))
    return {name: int(value or 0) for name, value in sums.items()}
