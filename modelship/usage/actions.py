"""Taking from a quota and giving back, so that many at once never get more than there is."""

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Greatest

from modelship.accounts.models import Tenant
from modelship.lib.errors import Conflict
from modelship.usage.models import Quota
from modelship.usage.queries import default_limit, limit_of
from modelship.usage.resources import resource_named

TRIES = 3


@transaction.atomic
def take(tenant: Tenant, resource: str, amount: int) -> None:
    """Take so much for what the caller's transaction has just made: its rollback gives it back.

    The first use counts what is there already, this included. Raises Conflict with the code `quota_exceeded` where
    the limit leaves too little, and then nothing was taken.
    """
    for attempt in range(TRIES):
        if _within(tenant, resource, amount).update(used=F("used") + amount):
            return
        quota, is_new = Quota.objects.get_or_create(
            tenant=tenant,
            resource=resource,
            defaults={"used": max(0, resource_named(resource).count(tenant) - amount)},
        )
        # Where somebody else made the row since the first look, that look tells nothing yet.
        if not is_new and attempt:
            raise _exceeded(quota, amount)
    raise AssertionError("unreachable")


def charge(tenant: Tenant, resource: str, amount: int) -> None:
    """Count what was used already, whatever the limit: it can't be undone any more."""
    Quota.objects.filter(tenant=tenant, resource=resource).update(used=F("used") + amount)


def give_back(tenant: Tenant, resource: str, amount: int) -> None:
    """Give back what is no longer held; a tenant that never took anything has nothing to give."""
    rows = Quota.objects.filter(tenant=tenant, resource=resource)
    rows.update(used=Greatest(F("used") - amount, Value(0)))


@transaction.atomic
def recount(quota: Quota) -> int:
    """Set what is used to what is really there, and return by how much it was off."""
    locked = Quota.objects.select_for_update().get(pk=quota.pk)
    real = resource_named(locked.resource).count(locked.tenant)
    Quota.objects.filter(pk=locked.pk).update(used=real)
    return locked.used - real


def _within(tenant: Tenant, resource: str, amount: int) -> QuerySet[Quota]:
    """The quota's row if its limit bears so much more."""
    rows = Quota.objects.filter(tenant=tenant, resource=resource)
    general = default_limit(resource)
    unlimited = Q(limit=None) if general is None else Q(limit=None, used__lte=general - amount)
    return rows.filter(unlimited | Q(limit__gte=F("used") + amount))


def _exceeded(quota: Quota, amount: int) -> Conflict:
    limit, resource = limit_of(quota) or 0, resource_named(quota.resource)
    return Conflict(
        f"There is no room for it: {quota.used:,} of {limit:,} {resource.unit} are used. {resource.advice}",
        code="quota_exceeded",
        resource=quota.resource,
        limit=limit,
        used=quota.used,
        asked=amount,
    )
