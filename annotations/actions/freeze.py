"""Freezing a dataset: a version says, per image, at which revision its canvas stood. No box is copied."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import BigIntegerField, Count, Exists, F, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from annotations.export_queries import classes_for_export
from annotations.models import Export, FrozenCanvas, LabelClass, Rollback
from annotations.version_needs import is_needed_elsewhere
from annotations.version_queries import classes_at, need_images
from datasets.models import Dataset, DatasetVersion, Image
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.errors import BadRequest, Conflict, NotFound
from modelship.projects.gate import check

MAX_MESSAGE = 500
TRIES = 3
# What a frozen row takes from where.
FROZEN = {
    "version": "frozen_by",
    "image": "id",
    "ordinal": "ordinal",
    "seq": "now_seq",
    "filename": "filename",
    "state": "state",
    "box_count": "box_count",
    "split": "split",
}
MANUAL = DatasetVersion.Source.MANUAL


def freeze_dataset(actor: Actor, dataset: Dataset, message: Any = "") -> DatasetVersion:
    """Freeze the dataset as it is at one moment, while people go on editing, and return its new version.

    Where nothing changed since the last version, that one is returned and its `is_new` is False.
    Raises NotFound and Forbidden as the gate does, Unprocessable for a table, BadRequest for a
    message that can't be kept.
    """
    check(actor, dataset.project, "manage")
    need_images(dataset)
    text = _message(message)
    return _tried(lambda: _freeze(actor, dataset.id, text, MANUAL))


def freeze_automatically(actor: Actor, dataset: Dataset, source: str, message: str) -> DatasetVersion | None:
    """Freeze the dataset before or after work of the kind `source` (a DatasetVersion.Source), for jobs.

    None where the dataset wants no automatic versions, or others freeze it at this moment. Where nothing changed since the last version, that
    one is returned. Of automatic versions only the newest MODELSHIP_AUTOMATIC_VERSIONS stay, and those
    that an export, a training or a rollback needs. The gate is the caller's.
    """
    if dataset.kind != Dataset.Kind.IMAGES or not _wants_versions(dataset):
        return None
    try:
        version = _tried(lambda: _freeze(actor, dataset.id, message[:MAX_MESSAGE], source))
    except Conflict:
        return None
    if version.is_new:
        _forget_old(dataset)
    return version


def freeze_for(actor: Actor, dataset: Dataset, source: str, message: str) -> DatasetVersion:
    """The dataset as it is at this moment, for work that reads it: the last version where nothing changed since."""
    return _tried(lambda: _freeze(actor, dataset.id, message[:MAX_MESSAGE], source))


def freeze_anew(actor: Actor, dataset: Dataset, source: str, message: str) -> DatasetVersion:
    """A version of its own even where nothing changed since the last one; in the caller's transaction."""
    dataset = _held(dataset.id)
    return _frozen(actor, dataset, dataset.versions.order_by("-number").first(), message, source)


def _tried(freeze: Callable[[], DatasetVersion]) -> DatasetVersion:
    for _ in range(TRIES):
        try:
            return freeze()
        except IntegrityError:
            # Somebody froze or deleted it at the same moment; the next look sees that.
            continue
    raise Conflict("Others freeze this dataset at this moment. Try again.", code="busy")


@transaction.atomic
def _freeze(actor: Actor, dataset_id: UUID, message: str, source: str) -> DatasetVersion:
    dataset = _held(dataset_id)
    last = dataset.versions.order_by("-number").first()
    if last is not None and _is_as_at(last, dataset):
        return last
    return _frozen(actor, dataset, last, message, source)


def _held(dataset_id: UUID) -> Dataset:
    """The dataset. Nobody renames or deletes a class until this is done; who labels with one is not held up."""
    dataset = Dataset.objects.select_related("project").filter(id=dataset_id).first()
    if dataset is None:
        raise NotFound()
    held = LabelClass.objects.filter(project_id=dataset.project_id).select_for_update(no_key=True)
    list(held.values_list("pk"))
    return dataset


def _frozen(
    actor: Actor, dataset: Dataset, last: DatasetVersion | None, message: str, source: str
) -> DatasetVersion:
    version = DatasetVersion.objects.create(
        dataset=dataset,
        number=last.number + 1 if last else 1,
        message=message,
        source=source,
        dataset_name=dataset.name,
        created_by=actor.user,
    )
    _freeze_canvases(version)
    version.classes = _classes(dataset)
    count_frozen(version)
    facts = {"number": version.number, "images": version.image_count, "boxes": version.box_count}
    record(actor, "version.created", f"dataset:{dataset.id}", message=message, **facts)
    version.is_new = True
    return version


def _wants_versions(dataset: Dataset) -> bool:
    return Dataset.objects.filter(pk=dataset.pk, automatic_versions=True).exists()


def _forget_old(dataset: Dataset) -> None:
    """Delete automatic versions that are beyond those to be kept and that nothing needs."""
    automatic = dataset.versions.exclude(source=MANUAL).order_by("-number")
    for version in automatic[settings.MODELSHIP_AUTOMATIC_VERSIONS :]:
        if not _is_needed(version):
            version.delete()


def _is_needed(version: DatasetVersion) -> bool:
    if Export.objects.filter(dataset=version.dataset_id, options__version=version.number).exists():
        return True
    if Rollback.objects.filter(Q(to=version) | Q(before=version), after=None).exists():
        return True
    return is_needed_elsewhere(version)


def _is_as_at(last: DatasetVersion, dataset: Dataset) -> bool:
    """Whether freezing now would say what the last version says."""
    if last.dataset_name != dataset.name or classes_at(last) != classes_for_export(dataset.project_id):
        return False
    images = _with_seqs(dataset)
    if images.count() != last.image_count:
        return False
    same = {"seq": OuterRef("now_seq"), "filename": OuterRef("filename"), "split": OuterRef("split")}
    frozen = FrozenCanvas.objects.filter(version=last, image=OuterRef("pk"), **same)
    return not images.filter(~Exists(frozen)).exists()


def _freeze_canvases(version: DatasetVersion) -> None:
    """One statement, and so one moment: each image's revision and counter belong together."""
    rows = _with_seqs(version.dataset).annotate(frozen_by=Value(version.pk, BigIntegerField()))
    select, parameters = rows.order_by("ordinal").values_list(*FROZEN.values()).query.sql_with_params()
    quote = connection.ops.quote_name
    fields = {field.name: field for field in FrozenCanvas._meta.concrete_fields}
    columns = ", ".join(quote(str(fields[name].column)) for name in FROZEN)
    with connection.cursor() as cursor:
        # Only names of our own columns and Django's own SELECT are put into the text.
        cursor.execute(f"INSERT INTO {quote(FrozenCanvas._meta.db_table)} ({columns}) {select}", parameters)


def count_frozen(version: DatasetVersion) -> None:
    """Save the classes, and the counts of what was frozen."""
    found = FrozenCanvas.objects.filter(version=version).aggregate(images=Count("pk"), boxes=Sum("box_count"))
    version.image_count, version.box_count = found["images"], found["boxes"] or 0
    version.save(update_fields=["image_count", "box_count", "classes"])


def _with_seqs(dataset: Dataset) -> QuerySet[Image]:
    return Image.objects.kept().filter(dataset=dataset).annotate(now_seq=Coalesce(F("canvas__seq"), 0))


def _classes(dataset: Dataset) -> list[dict[str, Any]]:
    return [{**label.wire(), "id": str(label.id)} for label in classes_for_export(dataset.project_id)]


def _message(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else None
    if text is None or len(text) > MAX_MESSAGE or "\0" in text:
        raise BadRequest(f"'message' must be text of up to {MAX_MESSAGE} characters.", field="message")
    return text
