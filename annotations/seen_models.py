"""How far somebody has seen a picture."""

from django.conf import settings
from django.db import models

from modelship.lib.clock import now


class Seen(models.Model):
    """The revision of an image up to which a person has said that they know it. Steps of review say so, too."""

    image = models.ForeignKey("datasets.Image", on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=now)

    class Meta:
        verbose_name_plural = "seen"
        constraints = [models.UniqueConstraint(fields=["user", "image"], name="seen_once")]
        indexes = [models.Index(fields=["image"], name="seen_of_image")]

    def __str__(self) -> str:
        return f"{self.user_id} has seen {self.image_id} at {self.seq}"
