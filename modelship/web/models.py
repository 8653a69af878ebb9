"""What the pages remember about a person."""

from django.conf import settings
from django.db import models


class TourMark(models.Model):
    """How somebody stands with the tour in one tenant; what they did to the pictures is read from those."""

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    has_looked = models.BooleanField(default=False)
    is_hidden = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="tour_mark_once")]

    def __str__(self) -> str:
        return f"tour of {self.user}"
