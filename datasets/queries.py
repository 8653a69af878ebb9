"""Reads of datasets and images; every single one comes through the tenancy gate."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db.models import Count, Q, QuerySet

from datasets.audience import check_in, check_place, unlisted_for
from datasets.imaging.formats import format_named
from datasets.imaging.measures import hash_text
from datasets.metadata import INTRINSIC
from datasets.models import Dataset, Image, ImageQuerySet
from modelship.accounts.actors import Actor
from modelship.accounts.roles import scopes_allow
from modelship.lib.clock import wire
from modelship.lib.errors import Forbidden, NotFound, Problem
from modelship.live.statements import Prepared
from modelship.projects.models import Project

IMAGE_FIELDS = (
    "id",
    "dataset_id",
    "filename",
    "width",
    "height",
    "orientation",
    "format",
    "metadata",
    "intrinsic",
    "phash",
    "sharpness",
    "brightness",
    "ordinal",
    "state",
    "split",
    "archived_at",
    "archived_for",
    "box_count",
    "proposed_count",
    "created_by_id",
    "created_at",
    "updated_at",
    "lowest_score",
    "highest_score",
    "size",
    "blob__sha256",
)


def dataset_for(actor: Actor, dataset_id: UUID | str, need: str) -> Dataset:
    """The actor's dataset. Raises NotFound for a foreign or absent one, Forbidden for too low a role."""
    found = (
        Dataset.objects.select_related("project", "tenant").filter(tenant=actor.tenant, id=dataset_id).first()
    )
    if found is None:
        raise NotFound()
    check_in(actor, found, need)
    return found


def image_for(actor: Actor, image_id: UUID | str, need: str) -> Image:
    """The actor's image with its blob. Raises NotFound and Forbidden as `dataset_for` does."""
    rows = Image.objects.select_related("blob", "dataset__project")
    found = rows.filter(tenant=actor.tenant, id=image_id).first()
    if found is None:
        raise NotFound()
    check_in(actor, found.dataset, need)
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """What an edit has to know of an image: how large it is, and whose."""

    id: UUID
    width: int
    height: int
    project: Project


def place_for(actor: Actor, image_id: UUID | str, need: str) -> Place:
    """The actor's image as edits need it, refused as by `image_for`, at a fraction of its cost."""
    return _place(actor, _places([image_id]), need, {})


def places_for(asks: Collection[tuple[Actor, UUID]], need: str) -> list[Place | Problem]:
    """The same for several actors at once: each one's image, or its refusal."""
    rows: dict[UUID, list[list[Any]]] = {row[0]: [row] for row in _places({image_id for _, image_id in asks})}
    projects: dict[UUID, Project] = {}

    def placed(actor: Actor, image_id: UUID) -> Place | Problem:
        try:
            return _place(actor, rows.get(image_id, []), need, projects)
        except Problem as problem:
            return problem

    return [placed(actor, image_id) for actor, image_id in asks]


def _place(actor: Actor, found: Sequence[Sequence[Any]], need: str, projects: dict[UUID, Project]) -> Place:
    """The gate: the row of an image, where there is one and it is the actor's; `projects` are made once."""
    if not found or not found[0][1] == found[0][2] == actor.tenant.id:
        raise NotFound()
    uid, tenant_id, _, width, height, project_id, name, mode, minutes, audience, person = found[0]
    project = projects.get(project_id)
    if project is None:
        hold = {"hold_mode": mode, "hold_minutes": minutes}
        project = projects[project_id] = Project(id=project_id, tenant_id=tenant_id, name=name, **hold)
    check_place(actor, project, audience, person, need)
    return Place(uid, width, height, project)


_places = Prepared(
    lambda image_ids: Image.objects.filter(id__in=image_ids).values_list(
        "id",
        "tenant_id",
        "dataset__project__tenant_id",
        "width",
        "height",
        "dataset__project_id",
        "dataset__project__name",
        "dataset__project__hold_mode",
        "dataset__project__hold_minutes",
        "dataset__audience",
        "dataset__kept_for_id",
    )
)


class Standing(NamedTuple):
    """What may end the sight of an image: why it is archived ("" where it is kept), and whom its dataset is for."""

    archived_for: str
    audience: str
    kept_for_id: UUID | None


def standing_of(image_id: UUID) -> Standing | None:
    """For a door that let its actor in before; None where the image is gone."""
    found = _standings(image_id)
    return Standing(*found[0]) if found else None


_standings = Prepared(
    lambda image_id: Image.objects.filter(id=image_id).values_list(
        "archived_for", "dataset__audience", "dataset__kept_for_id"
    )
)


def datasets_of(actor: Actor, *, project_id: UUID | None = None, q: str = "") -> QuerySet[Dataset]:
    """The datasets that the actor finds, with the number of their images."""
    rows = found_datasets(actor).annotate(image_count=Count("images", filter=Q(images__archived_at=None)))
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    return rows.filter(name__icontains=q) if q else rows


def found_datasets(actor: Actor) -> QuerySet[Dataset]:
    """All that the actor may see; nobody's own copies are among them."""
    need_view(actor)
    rows = Dataset.objects.filter(tenant=actor.tenant)
    return rows.exclude(pk__in=unlisted_for(actor).values("pk"))


def images_of(actor: Actor, dataset: Dataset | None = None) -> ImageQuerySet:
    """The kept images of the datasets that the actor finds, or those of one dataset that the gate let through."""
    return all_images_of(actor, dataset).kept()


def all_images_of(actor: Actor, dataset: Dataset | None = None) -> ImageQuerySet:
    """The same with the archived ones: for searches, which say themselves whether they want them."""
    need_view(actor)
    if dataset is not None:
        return Image.objects.filter(dataset=dataset)
    rows = Image.objects.filter(tenant=actor.tenant)
    return rows.exclude(dataset__in=unlisted_for(actor).values("pk"))


def image_rows(images: QuerySet[Image]) -> QuerySet[Image, dict[str, Any]]:
    """The columns that `image_dict` shows and that lists are ordered by: lists never make model instances."""
    return images.values(*IMAGE_FIELDS, "pixels")


def counts_of(dataset: Dataset) -> dict[str, int]:
    """How many images stand in each state, every state named, and `all` of them."""
    found = dict(dataset.images.kept().values_list("state").annotate(Count("id")))
    return {"all": sum(found.values()), **{state: found.get(state, 0) for state in Image.State.values}}


def dataset_dict(dataset: Dataset) -> dict[str, Any]:
    count = getattr(dataset, "image_count", None)
    return {
        "id": str(dataset.id),
        "project": str(dataset.project_id),
        "name": dataset.name,
        "kind": dataset.kind,
        "description": dataset.description,
        "automatic_versions": dataset.automatic_versions,
        "audience": dataset.audience,
        "kept_for": _text(dataset.kept_for_id),
        "image_count": dataset.images.kept().count() if count is None else count,
        "created_by": _text(dataset.created_by_id),
        "created_at": wire(dataset.created_at),
        "updated_at": wire(dataset.updated_at),
    }


def image_dict(row: Image | Mapping[str, Any]) -> dict[str, Any]:
    """The wire shape of an image, from an instance (with its blob) or from a row of `image_rows`."""
    if isinstance(row, Image):
        row = _row_of(row)
    return {
        "id": str(row["id"]),
        "dataset": str(row["dataset_id"]),
        "filename": row["filename"],
        "width": row["width"],
        "height": row["height"],
        "bytes": row["size"],
        "sha256": row["blob__sha256"],
        "format": row["format"],
        "content_type": format_named(row["format"]).content_type,
        "orientation": row["orientation"],
        "state": row["state"],
        "split": row["split"] or None,
        "archived_at": wire(row["archived_at"]),
        "archived_for": row["archived_for"] or None,
        "phash": hash_text(row["phash"]),
        "sharpness": row["sharpness"],
        "brightness": row["brightness"],
        "metadata": {**row["metadata"], INTRINSIC: intrinsic_dict(row)},
        "ordinal": row["ordinal"],
        "box_count": row["box_count"],
        "proposed_count": row["proposed_count"],
        "lowest_score": row["lowest_score"],
        "highest_score": row["highest_score"],
        "created_by": _text(row["created_by_id"]),
        "created_at": wire(row["created_at"]),
        "updated_at": wire(row["updated_at"]),
    }


def intrinsic_dict(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the file itself tells, for everybody to read: all but the place where it was taken."""
    told = {key: value for key, value in row["intrinsic"].items() if key != "gps"}
    known = {"width": row["width"], "height": row["height"], "format": row["format"]}
    return {**known, "orientation": row["orientation"], "bytes": row["size"], **told}


def content_type_of(image: Image) -> str:
    """The fixed type of the original: what was sniffed, never what the uploader said."""
    return format_named(image.format).content_type


def etag_of(shown: dict[str, Any]) -> str:
    """The ETag of an object is the digest of what it shows, so any visible change makes a new one."""
    return hashlib.sha256(orjson.dumps(shown, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def need_view(actor: Actor) -> None:
    """Lists have no project to ask the gate for: everybody in the tenant may view, unless their key may not."""
    if not scopes_allow(actor.scopes, "view"):
        raise Forbidden("This key may not view anything. Make one with the scope 'view'.")


def _row_of(image: Image) -> dict[str, Any]:
    row = {name: getattr(image, name) for name in IMAGE_FIELDS if not name.startswith("blob__")}
    return {**row, "blob__sha256": image.blob.sha256}


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
