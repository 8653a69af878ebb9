"""How much each tenant may have of what, and has."""

from django.db import models
from django.db.models import Q


class Quota(models.Model):
    """One resource of one tenant. The row is made by its first use."""

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    resource = models.CharField(max_length=40)
    used = models.BigIntegerField(default=0)
    limit = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Empty: the limit that the settings give every tenant."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "resource"], name="quota_once"),
            models.CheckConstraint(condition=Q(used__gte=0), name="quota_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.resource} of {self.tenant_id}"
