"""What people bring in: datasets, their images, and the bytes behind them."""

from typing import Self, cast

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat

from modelship.lib.clock import now
from modelship.lib.ids import new_id


class Dataset(models.Model):
    class Kind(models.TextChoices):
        IMAGES = "images"
        TABLE = "table"

    class Audience(models.TextChoices):
        """Who may see it, of those who may see its project; managers of the project always may."""

        EVERYONE = "everyone"
        MANAGERS = "managers"
        PERSON = "person"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="datasets")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.IMAGES)
    description = models.TextField(blank=True)
    # Whether imports, labelling and the like freeze the dataset by themselves.
    automatic_versions = models.BooleanField(default=True, db_default=True)
    # How pictures are dealt out to train, val and test, as last asked for.
    split_rule = models.JSONField(default=dict, blank=True, db_default={})
    # The ordinal that the next image gets; raised by a conditional update when images enter.
    next_ordinal = models.PositiveBigIntegerField(default=1, editable=False)
    audience = models.CharField(
        max_length=10, choices=Audience.choices, default=Audience.EVERYONE, db_default=Audience.EVERYONE
    )
    # The person whose own it is, where it is somebody's, and the dataset that it goes with.
    kept_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    copy_of = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="copies")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="dataset_name_once")]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "id"], name="dataset_list"),
            models.Index(fields=["tenant", "audience", "kept_for"], name="dataset_kept"),
        ]

    def __str__(self) -> str:
        return self.name


class Blob(models.Model):
    """Bytes named by their SHA-256, stored once per tenant."""

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "sha256"], name="blob_once")]

    def __str__(self) -> str:
        return self.sha256


class ImageQuerySet(models.QuerySet["Image"]):
    def kept(self) -> Self:
        """Those that are not archived: what galleries, counts, labelling, exports and new versions are about."""
        return self.filter(archived_at__isnull=True)


def _said(key: str) -> Coalesce:
    """What people say of a picture under that key, after a line break that no file name has."""
    said = Concat(Value("\n"), KeyTextTransform(key, "metadata"), output_field=models.TextField())
    return Coalesce(said, Value(""), output_field=models.TextField())


# Lists are about kept pictures; an index of these alone answers a count without a look at the table.
KEPT = Q(archived_at__isnull=True)
MEASURES = {
    "created_at": "newest",
    "pixels": "pixels",
    "sharpness": "sharpness",
    "brightness": "brightness",
    "size": "size",
    "box_count": "boxes",
}
COUNTED = (
    *("state", "split", "width", "height", "pixels", "size", "sharpness", "brightness"),
    *("box_count", "proposed_count", "lowest_score", "highest_score", "id"),
)


class SizeField(models.PositiveBigIntegerField):
    """The bytes of the picture's blob, which never change: taken from it by whoever makes the row, in any way."""

    def pre_save(self, model_instance: models.Model, add: bool) -> int:
        image = cast("Image", model_instance)
        if image.size is None:
            image.size = image.blob.size
        return image.size


class Image(models.Model):
    """One picture of a dataset. Width and height are upright: after EXIF orientation."""

    class State(models.TextChoices):
        """Where the picture stands; annotations writes it together with the edit that moves it."""

        NEW = "new"
        PROPOSED = "proposed"
        LABELED = "labeled"
        SUBMITTED = "submitted"
        APPROVED = "approved"
        CHANGES_REQUESTED = "changes_requested"

    class Split(models.TextChoices):
        TRAIN = "train"
        VAL = "val"
        TEST = "test"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Both are found by indexes below that begin with them; every index more makes edits dearer.
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="images", db_index=False)
    blob = models.ForeignKey(Blob, on_delete=models.RESTRICT, related_name="images")
    # Beside the picture, so that a list can be ordered by it.
    size = SizeField("bytes", editable=False)
    filename = models.CharField(max_length=255)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    orientation = models.PositiveSmallIntegerField("EXIF orientation", default=1)
    format = models.CharField(max_length=10)
    metadata = models.JSONField(default=dict)
    ordinal = models.PositiveBigIntegerField()
    # What the file itself says (time, camera, bits ...); written at ingest, never by people.
    intrinsic = models.JSONField(default=dict, db_default={})
    # Measured at ingest; none where the picture came before there were measures.
    phash = models.BigIntegerField("perceptual hash, 64 bits, signed", null=True)
    sharpness = models.FloatField(null=True)
    brightness = models.FloatField("mean luma, 0 to 255", null=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.NEW)
    split = models.CharField(max_length=5, choices=Split.choices, blank=True, default="", db_default="")
    # A person put it there, so dealing pictures out leaves it alone.
    split_is_fixed = models.BooleanField(default=False, db_default=False)
    # An archived picture is out of sight, of exports and of versions to come, and can be taken back.
    archived_at = models.DateTimeField(null=True)
    archived_for = models.CharField(max_length=40, blank=True, default="", db_default="")
    box_count = models.PositiveIntegerField(default=0)
    proposed_count = models.PositiveIntegerField(default=0)
    # Of the proposals in sight, what their models were least and most sure of; kept with the counters.
    lowest_score = models.FloatField(null=True)
    highest_score = models.FloatField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    # Kept by the database itself, so that no way of writing a picture can forget them.
    pixels = models.GeneratedField(
        expression=Cast(F("width"), models.BigIntegerField()) * F("height"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    search_text = models.GeneratedField(
        expression=Concat(
            F("filename"), _said("description"), _said("keywords"), output_field=models.TextField()
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = ImageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "blob"], name="image_once_per_dataset"),
            models.UniqueConstraint(fields=["dataset", "ordinal"], name="image_ordinal_once"),
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0), name="image_has_area"),
        ]
        indexes = [
            # Pictures that came last stand last, so a search by date looks here, too. What else a picture can
            # be searched by rides along, and is counted without a look at the table.
            models.Index(
                fields=["dataset", "ordinal", "created_at"],
                include=COUNTED,
                condition=KEPT,
                name="image_kept",
            ),
            # The split rides along: state and split are counted together.
            models.Index(
                fields=["dataset", "state", "ordinal"],
                include=["split"],
                condition=KEPT,
                name="image_kept_state",
            ),
            models.Index(fields=["dataset", "split", "ordinal"], condition=KEPT, name="image_kept_split"),
            models.Index(fields=["dataset", "filename", "id"], condition=KEPT, name="image_kept_name"),
            *(
                # In the order of a measure or between two values of it; state and split are counted along.
                models.Index(
                    fields=["dataset", column, "id"],
                    include=["state", "split"],
                    condition=KEPT,
                    name=f"image_kept_{name}",
                )
                for column, name in MEASURES.items()
            ),
            # New pictures have no boxes: those of a state can be the last that the order by boxes comes to.
            models.Index(
                fields=["dataset", "state", "box_count", "id"], condition=KEPT, name="image_kept_state_boxes"
            ),
            models.Index(
                fields=["dataset", "lowest_score", "id"],
                include=["state", "split"],
                condition=KEPT & Q(lowest_score__isnull=False),
                name="image_kept_lowest",
            ),
            models.Index(
                fields=["dataset", "highest_score", "id"],
                include=["state", "split"],
                condition=KEPT & Q(highest_score__isnull=False),
                name="image_kept_highest",
            ),
            # Twins have the same hash and another id: they are found and counted without a look at the table.
            models.Index(
                fields=["dataset", "phash", "id"],
                include=["state", "split", "ordinal"],
                condition=KEPT,
                name="image_kept_phash",
            ),
            models.Index(fields=["tenant", "-created_at", "id"], name="image_list"),
            models.Index(
                fields=["dataset", "-archived_at", "id"],
                name="image_archive",
                condition=Q(archived_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.filename


class DatasetVersion(models.Model):
    """A dataset as it was at one moment. The row never changes, but while the rollback runs that made it.

    The counts are those of the moment. `classes` and `dataset_name` are kept because people rename.
    """

    class Source(models.TextChoices):
        """What made it: a person by hand, or the work that it was made before or after."""

        MANUAL = "manual"
        UPLOAD = "upload"
        INGEST = "ingest"
        LABEL = "label"
        CLEAN = "clean"
        SPLIT = "split"
        ROLLBACK = "rollback"
        CLONE = "clone"
        IMPORT = "import"

    # Whether freezing made it just now, or found that nothing had changed since; no column.
    is_new = False

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    message = models.CharField(max_length=500, blank=True)
    source = models.CharField(max_length=20, choices=Source.choices, default=Source.MANUAL)
    dataset_name = models.CharField(max_length=200)
    classes = models.JSONField(default=list)
    image_count = models.PositiveIntegerField(default=0)
    box_count = models.PositiveBigIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "number"], name="version_number_once")]

    def __str__(self) -> str:
        return f"version {self.number}"
