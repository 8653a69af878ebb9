"""Blind rounds: several people label the same pictures, each on copies of their own, and are compared afterwards."""

from secrets import token_hex

from django.conf import settings
from django.db import models

from modelship.lib.clock import now
from modelship.lib.ids import new_id


def new_seed() -> str:
    return token_hex(16)


class Round(models.Model):
    """A round on a dataset: who does what, how it begins, and what it is measured by."""

    class Start(models.TextChoices):
        """What is on a copy when the person gets it: nothing, or what was on the picture."""

        EMPTY = "empty"
        PRESENT = "present"

    class State(models.TextChoices):
        MAKING = "making"
        OPEN = "open"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False)
    dataset = models.ForeignKey(
        "datasets.Dataset", on_delete=models.CASCADE, related_name="rounds", db_index=False
    )
    # Its name within the dataset.
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAKING)
    each = models.PositiveSmallIntegerField()
    due_on = models.DateField(null=True)
    start = models.CharField(max_length=10, choices=Start.choices, default=Start.EMPTY)
    least_overlap = models.FloatField(default=0.5)
    # How many have to say the same for it to count; none is more than half of those who did the picture.
    quorum = models.PositiveSmallIntegerField(null=True)
    # Which pictures, and which of them are known; as `datasets.selection` writes it.
    selection = models.JSONField()
    truth = models.ForeignKey(
        "datasets.Dataset", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    truth_line = models.TextField(blank=True)
    # What the places of known pictures follow from; shown to nobody.
    seed = models.CharField(max_length=32, default=new_seed, editable=False)
    share = models.PositiveSmallIntegerField("percent of known pictures", default=0)
    job = models.OneToOneField("jobs.Job", on_delete=models.SET_NULL, null=True, related_name="round")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)
    opened_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "number"], name="round_number_once")]

    def __str__(self) -> str:
        return f"round {self.number} of {self.dataset_id}"


class RoundPerson(models.Model):
    """Somebody who takes part, and the dataset of their own that they do it in, once it is made."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="people", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    dataset = models.OneToOneField(
        "datasets.Dataset", on_delete=models.SET_NULL, null=True, related_name="blind_work"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "user"], name="round_person_once")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.round_id}"


class RoundPicture(models.Model):
    """A picture that one of the people gets, at which place, and their copy of it, once it is made.

    The copy's id follows from this one's, which nobody learns, so it tells nothing of what it is a copy of.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(RoundPerson, on_delete=models.CASCADE, related_name="pictures", db_index=False)
    place = models.PositiveIntegerField()
    # The picture that it is a copy of; and the one whose boxes are known to be right, where it is measured by them.
    original = models.ForeignKey("datasets.Image", on_delete=models.SET_NULL, null=True, related_name="+")
    truth = models.ForeignKey("datasets.Image", on_delete=models.SET_NULL, null=True, related_name="+")
    # Whether it is only there to be measured by, and not one of the pictures that the round is about.
    is_extra = models.BooleanField(default=False)
    image = models.OneToOneField(
        "datasets.Image", on_delete=models.SET_NULL, null=True, related_name="round_picture"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "place"], name="round_place_once")]

    def __str__(self) -> str:
        return f"picture {self.place} of {self.person_id}"
