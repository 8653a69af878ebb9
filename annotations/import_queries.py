"""Reads for imports: which picture of the dataset a file means, and the imports themselves."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from annotations.attributes import Attribute
from annotations.formats.reading import ReadClass, ReadImage, Size
from annotations.formats.reading.listing import base_of, picture_stem, shared_tail
from annotations.import_models import Import
from annotations.importing.planning import Classes
from annotations.importing.wish import CREATE, SKIP, ImportWish
from annotations.models import LabelClass
from datasets.audience import check_in, hidden_from
from datasets.models import Dataset, Image
from datasets.queries import need_view
from modelship.accounts.actors import Actor
from modelship.jobs.queries import job_dict
from modelship.lib.clock import wire
from modelship.lib.errors import NotFound

COLUMNS = ("pk", "filename", "metadata__path", "width", "height", "state", "split", "blob__sha256")


class Known(NamedTuple):
    """A picture of the dataset, with its upright size."""

    id: UUID
    filename: str
    path: str
    width: int
    height: int
    state: str
    split: str

    @property
    def size(self) -> Size:
        return self.width, self.height


class ImageIndex:
    """The kept pictures of a dataset by their bytes and by their names, in whatever case."""

    def __init__(self, dataset: Dataset) -> None:
        self._by_sha: dict[bytes, Known] = {}
        self._by_stem: dict[str, list[Known]] = defaultdict(list)
        self.add(Image.objects.kept().filter(dataset=dataset))

    def add(self, images: QuerySet[Image]) -> None:
        for *row, sha256 in images.values_list(*COLUMNS).iterator(chunk_size=5_000):
            pk, filename, path, *rest = row
            known = Known(pk, filename, path if isinstance(path, str) else "", *rest)
            self._by_sha[bytes.fromhex(sha256)] = known
            self._by_stem[picture_stem(filename)].append(known)

    def of_bytes(self, sha256: str | None) -> Known | None:
        try:
            return self._by_sha.get(bytes.fromhex(sha256 or ""))
        except ValueError:
            return None

    def size_of(self, name: str) -> Size | None:
        found = self.of_name(name)
        return found[0].size if len(found) == 1 else None

    def of_name(self, told: str, also: Iterable[str] = ()) -> list[Known]:
        """Those that the name may mean: one where it is clear, several where they fit equally well.

        A name without the ending of a picture fits every ending; another ending fits where nothing has the told one.
        """
        told = told.replace("\\", "/")
        candidates = self._by_stem.get(picture_stem(told), [])
        exact = [
            known for known in candidates if base_of(known.filename).casefold() == base_of(told).casefold()
        ]
        found = exact or candidates
        if len(found) < 2:
            return list(found)
        paths = [told, *(name.replace("\\", "/") for name in also)]
        ranked = [(max(shared_tail(known.path, path) for path in paths), known) for known in found]
        best = max(rank for rank, _ in ranked)
        return [known for rank, known in ranked if rank == best]


class Found(NamedTuple):
    """The picture that the file means, or why there is none."""

    known: Known | None
    code: str = ""
    what: str = ""
    fix: str = ""


def find(index: ImageIndex, told: ReadImage, sha256: str | None) -> Found:
    """By the bytes where the file has them or tells their SHA-256, otherwise by name and folder.

    `sha256` is of the picture that lies in the tree, None where none does.
    """
    # A picture that was exported is other bytes; its file tells those that it was made of.
    known = index.of_bytes(sha256) or index.of_bytes(told.sha256)
    if known is not None:
        return Found(known)
    named = index.of_name(told.name, [*told.also, told.path or ""])
    if sha256 is not None:
        # Its bytes are another picture's: of that name and size it is the same one, saved anew.
        named = [known for known in named if known.size == (told.width, told.height)]
        return Found(named[0] if len(named) == 1 else None)
    if len(named) > 1:
        return Found(
            None,
            "ambiguous_name",
            f"{len(named)} pictures of the dataset may be {told.name}.",
            "Add the folders to the names in the file, or the pictures to the archive.",
        )
    if not named:
        return Found(
            None,
            "no_such_picture",
            f"The dataset has no picture {told.name}, and none lies beside the labels.",
            "Upload the picture first, or add it to the archive.",
        )
    return Found(named[0])


class ClassChoice(NamedTuple):
    """What becomes of a class of the file: the class that it is, or `create`, or `skip`."""

    name: str
    verdict: str
    id: str | None = None
    becomes: str = ""


def choose_classes(project_id: UUID, names: Iterable[str], wish: ImportWish) -> list[ClassChoice]:
    """In the order of `names`: as the wish says, then by the same name in whatever case, then by `new_classes`."""
    rows = list(LabelClass.objects.filter(project_id=project_id).values_list("id", "name"))
    by_id = {str(uid): name for uid, name in rows}
    by_name = {name.casefold(): (str(uid), name) for uid, name in reversed(rows)}
    found = []
    for name in names:
        wished = wish.classes.get(name, "")
        if wished in by_id:
            found.append(ClassChoice(name, "mapped", wished, by_id[wished]))
        elif wished == SKIP:
            found.append(ClassChoice(name, SKIP))
        elif same := by_name.get(name.casefold()):
            found.append(ClassChoice(name, "known", *same))
        else:
            found.append(ClassChoice(name, wished if wished == CREATE else wish.new_classes, None, name))
    return found


def schemas_of(project_id: UUID) -> dict[str, Sequence[Attribute]]:
    rows = LabelClass.objects.filter(project_id=project_id).values_list("id", "attributes")
    return {str(uid): attributes for uid, attributes in rows if attributes}


def planned_classes(project_id: UUID, told: Iterable[ReadClass], wish: ImportWish) -> Classes:
    """The classes as they would be: one that is to be made stands under its name."""
    known = list(told)
    choices = choose_classes(project_id, [one.name for one in known], wish)
    ids = {choice.name: choice.id or f"new:{choice.name}" for choice in choices if choice.verdict != SKIP}
    new: dict[str, Sequence[Attribute]] = {f"new:{one.name}": one.attributes for one in known}
    return Classes(ids, schemas_of(project_id) | new)


def unknown_classes(dataset: Dataset, wish: ImportWish) -> list[str]:
    """Names that the wish gives to classes which the project does not have."""
    rows = LabelClass.objects.filter(project_id=dataset.project_id).values_list("id", flat=True)
    known = {str(uid) for uid in rows}
    return [
        name for name, target in wish.classes.items() if target not in (CREATE, SKIP) and target not in known
    ]


def imports_of(actor: Actor, dataset: Dataset | None = None) -> QuerySet[Import]:
    """The imports that the actor may see; `dataset` is one that the gate let through."""
    need_view(actor)
    rows = Import.objects.filter(tenant=actor.tenant).select_related("job__project", "blob", "dataset")
    hidden = hidden_from(actor).values("pk")
    return rows.exclude(dataset__in=hidden) if dataset is None else rows.filter(dataset=dataset)


def import_for(actor: Actor, import_id: UUID, need: str = "view") -> Import:
    """The actor's import. Raises NotFound for a foreign or absent one, Forbidden for too low a role."""
    rows = Import.objects.filter(tenant=actor.tenant, id=import_id)
    found = rows.select_related("job__project", "blob", "dataset__project").first()
    if found is None:
        raise NotFound()
    check_in(actor, found.dataset, need)
    return found


def import_dict(row: Import, *, whole: bool = True) -> dict[str, Any]:
    """`whole` tells the report and the result too."""
    told: dict[str, Any] = {
        "id": str(row.id),
        "dataset": str(row.dataset_id),
        "filename": row.filename,
        "bytes": row.blob.size,
        "sha256": row.blob.sha256,
        "state": row.state,
        "options": row.options,
        "created_by": str(row.created_by_id) if row.created_by_id else None,
        "created_at": wire(row.created_at),
        "applied_at": wire(row.applied_at) if row.applied_at else None,
        "job": job_dict(row.job) if row.job else None,
    }
    return {**told, "report": row.report, "result": row.result} if whole else told
