"""Tokens of language models against what a tenant may use: reserved before a call, settled after it."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Greatest

from inference.language.answers import Usage
from inference.language_queries import this_month
from inference.models import LanguageEndpoint, LanguageUse
from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.lib.errors import Conflict
from modelship.usage.actions import charge, give_back, recount, take
from modelship.usage.models import Quota
from modelship.usage.resources import LANGUAGE

# A call that is not settled after so long was left by a process that is gone.
FORGOTTEN = timedelta(hours=1)


@transaction.atomic
def reserve(endpoint: LanguageEndpoint, tokens: int, job: Job | None = None) -> LanguageUse:
    """Hold so many tokens for a call.

    Raises Conflict with the code `quota_exceeded` where the tenant or the endpoint has too little left this
    month, and then nothing was taken.
    """
    _turn_month(endpoint)
    rows = LanguageEndpoint.objects.filter(pk=endpoint.pk, month=this_month())
    within = Q(monthly_tokens=None) | Q(monthly_tokens__gte=F("month_tokens") + tokens)
    if not rows.filter(within).update(month_tokens=F("month_tokens") + tokens):
        raise Conflict(
            f"{endpoint.name} may use no more tokens this month. Wait for the next one, or raise its limit.",
            code="quota_exceeded",
            resource=LANGUAGE,
            limit=endpoint.monthly_tokens,
            asked=tokens,
        )
    use = LanguageUse.objects.create(
        tenant=endpoint.tenant, endpoint=endpoint, job=job, model=endpoint.model, reserved=tokens
    )
    take(endpoint.tenant, LANGUAGE, tokens)
    return use


@transaction.atomic
def settle(use: LanguageUse, usage: Usage, milliseconds: int) -> None:
    """Put what a call really took in the place of what was held for it. A second time changes nothing."""
    spent = LanguageUse.objects.filter(pk=use.pk, reserved__gt=0).update(
        reserved=0,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        requests=usage.requests,
        milliseconds=milliseconds,
    )
    if spent:
        _correct(use, usage.tokens - use.reserved)


@transaction.atomic
def let_go(use: LanguageUse) -> None:
    """Give back what was held for a call that was not made, or that the other side refused."""
    if LanguageUse.objects.filter(pk=use.pk, reserved__gt=0).delete()[0]:
        _correct(use, -use.reserved)


def let_go_forgotten(job: Job) -> None:
    """Give back what earlier attempts of the job, and processes long gone, held and never settled."""
    is_old = Q(created_at__lt=now() - FORGOTTEN)
    for use in _held(job).filter(is_old | Q(job=job)).select_related("endpoint", "tenant"):
        let_go(use)


def _held(job: Job) -> QuerySet[LanguageUse]:
    return LanguageUse.objects.filter(tenant=job.tenant_id, reserved__gt=0)


def _correct(use: LanguageUse, more: int) -> None:
    if more > 0:
        charge(use.tenant, LANGUAGE, more)
    elif more < 0:
        give_back(use.tenant, LANGUAGE, -more)
    rows = LanguageEndpoint.objects.filter(pk=use.endpoint_id, month=this_month())
    rows.update(month_tokens=Greatest(F("month_tokens") + more, Value(0)))


def _turn_month(endpoint: LanguageEndpoint) -> None:
    """With the first call of a month the counting begins anew."""
    rows = LanguageEndpoint.objects.filter(pk=endpoint.pk).exclude(month=this_month())
    if rows.update(month=this_month(), month_tokens=0):
        for quota in Quota.objects.filter(tenant=endpoint.tenant_id, resource=LANGUAGE):
            recount(quota)
