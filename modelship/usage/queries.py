"""Reads of quotas."""

from typing import Any

from django.conf import settings

from modelship.accounts.models import Tenant
from modelship.usage.models import Quota
from modelship.usage.resources import LANGUAGE, STORAGE, Resource, all_resources


def default_limit(resource: str) -> int | None:
    """What every tenant may have that has no limit of its own; None for as much as it likes."""
    limits = {
        STORAGE: settings.MODELSHIP_TENANT_STORAGE_BYTES,
        LANGUAGE: settings.MODELSHIP_TENANT_LANGUAGE_TOKENS,
    }
    return limits.get(resource) or None


def limit_of(quota: Quota) -> int | None:
    return default_limit(quota.resource) if quota.limit is None else quota.limit


def quotas_of(tenant: Tenant) -> list[dict[str, Any]]:
    """Every resource with what is used, the limit and what is left; None where there is no limit."""
    rows = {quota.resource: quota for quota in Quota.objects.filter(tenant=tenant)}
    return [_shown(tenant, resource, rows.get(resource.name)) for resource in all_resources()]


def _shown(tenant: Tenant, resource: Resource, quota: Quota | None) -> dict[str, Any]:
    used = resource.count(tenant) if quota is None else quota.used
    limit = default_limit(resource.name) if quota is None else limit_of(quota)
    return {
        "resource": resource.name,
        "title": resource.title,
        "unit": resource.unit,
        "used": used,
        "limit": limit,
        "left": None if limit is None else max(0, limit - used),
    }
