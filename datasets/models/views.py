"""Searches that people keep."""

from django.conf import settings
from django.db import models

from datasets.models.images import Dataset
from modelship.lib.clock import now
from modelship.lib.ids import new_id


class SavedView(models.Model):
    """A search line and an order under a name: its owner's, or everybody's who sees the dataset."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="views", db_index=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    line = models.TextField(blank=True)
    sort = models.CharField(max_length=20)
    is_shared = models.BooleanField(default=False)
    # Among the owner's views of the dataset.
    place = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "owner", "name"], name="view_name_once"),
        ]
        indexes = [models.Index(fields=["dataset", "created_at", "id"], name="view_list")]

    def __str__(self) -> str:
        return self.name
