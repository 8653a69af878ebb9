"""Routes of quotas and usage."""

from django.urls import path

from modelship.usage.api.quotas import Quotas

api = [path("tenant/quotas", Quotas.as_view(), name="api-quotas")]
