import threading
from typing import Any

import pytest
from django.db import connection

from annotations.actions.apply_edits import apply_edits
from annotations.actions.freeze import freeze_automatically, freeze_dataset
from annotations.actions.labels import change_class
from annotations.actions.review import review
from annotations.contents import contents_of
from annotations.export_queries import Choice
from annotations.models import Canvas, Export, FrozenCanvas, LabelClass
from annotations.queries import log_since
from datasets.actions.datasets import DatasetFacts, change_dataset, delete_dataset
from datasets.actions.images import delete_image
from datasets.models import Dataset, DatasetVersion, Image
from modelship.audit.models import AuditEntry
from modelship.lib.errors import BadRequest, Forbidden, NotFound, Unprocessable
from tests.annotations.frozen import EVERY, frozen
from tests.live_clients import add
from tests.people import Person


def rows(version: DatasetVersion) -> list[tuple]:
    columns = ("image_id", "ordinal", "seq", "filename", "state", "box_count")
    return list(FrozenCanvas.objects.filter(version=version).order_by("ordinal").values_list(*columns))


def test_a_version_says_where_each_image_stood(alice: Person, picture: Image, make_picture: Any):
    untouched = make_picture()
    apply_edits(picture.id, [add()], actor=alice.actor)
    apply_edits(picture.id, [add(), add(state="rejected")], actor=alice.actor)

    version = frozen(alice, picture.dataset, "  Before the storm. ")

    assert (version.number, version.is_new, version.message) == (1, True, "Before the storm.")
    assert (version.image_count, version.box_count, version.source) == (2, 2, "manual")
    assert (version.created_by, version.dataset_name) == (alice.user, "North quay")
    assert [label["name"] for label in version.classes] == ["boat", "crane"]
    assert rows(version) == [
        (picture.id, 1, 2, "1.png", "labeled", 2),
        (untouched.id, 2, 0, "2.png", "new", 0),
    ]


def test_freezing_is_in_the_audit_trail(alice: Person, picture: Image):
    frozen(alice, picture.dataset, "First.")

    (entry,) = AuditEntry.objects.filter(verb="version.created")
    assert entry.subject == f"dataset:{picture.dataset_id}"
    assert entry.facts == {"message": "First.", "number": 1, "images": 1, "boxes": 0}


def test_nothing_changed_gives_the_last_version(alice: Person, picture: Image):
    apply_edits(picture.id, [add()], actor=alice.actor)
    first = frozen(alice, picture.dataset, "First.")

    again = frozen(alice, picture.dataset, "Again.")

    assert (again.pk, again.is_new, again.message) == (first.pk, False, "First.")
    assert FrozenCanvas.objects.count() == 1
    assert AuditEntry.objects.filter(verb="version.created").count() == 1


@pytest.mark.parametrize(
    "change", ["edit", "review", "upload", "deletion", "image's name", "class", "new class", "dataset's name"]
)
def test_any_change_gives_a_new_version(change: str, alice: Person, picture: Image, make_picture: Any):
    dataset, boat = picture.dataset, LabelClass.objects.get(name="boat")
    make_picture()
    changes = {
        "edit": lambda: apply_edits(picture.id, [add()], actor=alice.actor),
        "review": lambda: review(picture.id, "approve", actor=alice.actor),
        "upload": make_picture,
        "deletion": lambda: delete_image(alice.actor, picture),
        "image's name": lambda: Image.objects.filter(id=picture.id).update(filename="new.png"),
        "class": lambda: change_class(alice.actor, dataset.project, boat.id, name="ferry"),
        "new class": lambda: LabelClass.objects.create(project=dataset.project, name="buoy", order=9),
        "dataset's name": lambda: change_dataset(
            alice.actor, dataset, DatasetFacts("South", "", automatic_versions=True, audience="everyone")
        ),
    }
    frozen(alice, dataset)

    changes[change]()

    assert (frozen(alice, dataset).number, frozen(alice, dataset).number) == (2, 2)


def test_an_empty_dataset_can_be_frozen(alice: Person, dataset: Dataset):
    version = frozen(alice, dataset)

    assert (version.number, version.image_count, version.box_count) == (1, 0, 0)


def test_numbers_count_per_dataset(alice: Person, picture: Image):
    other = Dataset.objects.create(tenant=alice.tenant, project=picture.dataset.project, name="South")

    assert [frozen(alice, picture.dataset).number, frozen(alice, other).number] == [1, 1]


@pytest.mark.parametrize(
    ("role", "refusal"), [("vic", Forbidden), ("ann", Forbidden), ("bob", Forbidden), ("charlie", NotFound)]
)
def test_only_managers_freeze(role: str, refusal: type, picture: Image, request: pytest.FixtureRequest):
    with pytest.raises(refusal):
        freeze_dataset(request.getfixturevalue(role).actor, picture.dataset)

    assert not DatasetVersion.objects.exists()
    assert not FrozenCanvas.objects.exists()


@pytest.mark.parametrize("message", [None, 7, "x" * 501, "a\0b", ["x"]])
def test_a_message_that_can_t_be_kept_freezes_nothing(message: Any, alice: Person, picture: Image):
    with pytest.raises(BadRequest):
        freeze_dataset(alice.actor, picture.dataset, message)

    assert not DatasetVersion.objects.exists()


def test_tables_and_datasets_that_are_gone_are_refused(alice: Person, dataset: Dataset):
    table = Dataset.objects.create(tenant=alice.tenant, project=dataset.project, name="Rows", kind="table")
    stale = Dataset.objects.select_related("project").get(id=dataset.id)
    dataset.delete()

    with pytest.raises(Unprocessable):
        freeze_dataset(alice.actor, table)
    with pytest.raises(NotFound):
        freeze_dataset(alice.actor, stale)
    assert not DatasetVersion.objects.exists()


def test_versions_go_with_their_dataset(alice: Person, picture: Image):
    frozen(alice, picture.dataset)

    delete_dataset(alice.actor, picture.dataset)

    assert not DatasetVersion.objects.exists()
    assert not FrozenCanvas.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_freezing_while_others_edit_catches_each_image_at_one_revision(
    alice: Person, dataset: Dataset, make_picture: Any
):
    """Each edit adds two boxes, so at any committed revision an image has twice as many boxes as its seq."""
    images = [make_picture() for _ in range(3)]
    done, errors = threading.Event(), []

    def edit(image: Image) -> None:
        try:
            while not done.is_set():
                apply_edits(image.id, [add(), add()], actor=alice.actor)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    editors = [threading.Thread(target=edit, args=[image]) for image in images]
    for editor in editors:
        editor.start()
    try:
        while Canvas.objects.filter(seq__gt=0).count() < len(images) and not errors:
            pass
        versions = [frozen(alice, dataset) for _ in range(5)]
    finally:
        done.set()
        for editor in editors:
            editor.join()

    assert errors == []
    for version in versions:
        found = {image_id: (seq, count) for image_id, _, seq, _, _, count in rows(version)}
        assert version.box_count == sum(count for _, count in found.values())
        boxes = contents_of(dataset, version.number).boxes([image.id for image in images], EVERY)
        for image in images:
            seq, count = found[image.id]
            assert count == seq * 2 == len(boxes[image.id])


@pytest.mark.django_db(transaction=True)
def test_reading_a_version_while_others_edit_never_sees_their_edits(alice: Person, picture: Image):
    apply_edits(picture.id, [add()], actor=alice.actor)
    version = frozen(alice, picture.dataset)
    errors = []

    def edit() -> None:
        try:
            for _ in range(25):
                apply_edits(picture.id, [add()], actor=alice.actor)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    editor = threading.Thread(target=edit)
    editor.start()
    contents, seen = contents_of(picture.dataset, version.number), set()
    while editor.is_alive():
        seen.add(len(contents.boxes([picture.id], Choice(("accepted",)))[picture.id]))
    editor.join()

    assert errors == []
    assert seen == {1}
    assert len(log_since(picture.id, 0)) == 26


@pytest.mark.django_db(transaction=True)
def test_two_who_freeze_at_once_get_one_version(alice: Person, picture: Image):
    found: list[Any] = []

    def freeze() -> None:
        try:
            found.append(frozen(alice, picture.dataset).number)
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=freeze) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [1, 1, 1, 1]
    assert DatasetVersion.objects.count() == 1
    assert FrozenCanvas.objects.count() == 1


def automatic(alice: Person, dataset: Dataset, message: str = "After labelling.") -> DatasetVersion | None:
    return freeze_automatically(alice.actor, dataset, "label", message)


def test_work_freezes_by_itself_where_something_changed(alice: Person, picture: Image):
    first = automatic(alice, picture.dataset)
    again = automatic(alice, picture.dataset)

    assert (first.number, first.source, first.message) == (1, "label", "After labelling.")
    assert (again.number, again.is_new) == (1, False)


def test_a_dataset_that_wants_no_automatic_versions_gets_none(alice: Person, picture: Image):
    body = {"automatic_versions": False}
    url = f"/api/v1/datasets/{picture.dataset_id}"
    assert alice.api.patch(url, body, content_type="application/json").json()["automatic_versions"] is False

    assert automatic(alice, picture.dataset) is None
    assert not DatasetVersion.objects.exists()


def test_of_automatic_versions_only_the_newest_and_the_needed_stay(
    alice: Person, picture: Image, settings: Any
):
    settings.MODELSHIP_AUTOMATIC_VERSIONS = 2
    dataset, numbers = picture.dataset, []

    def made(by_hand: bool = False) -> None:
        apply_edits(picture.id, [add()], actor=alice.actor)
        numbers.append((frozen if by_hand else automatic)(alice, dataset).number)

    made()
    made(by_hand=True)
    Export.objects.create(
        tenant=alice.tenant, project=dataset.project, dataset=dataset, format="json", options={"version": 1}
    )
    for _ in range(4):
        made()

    assert numbers == [1, 2, 3, 4, 5, 6]
    # The first is exported, the second was made by hand.
    assert list(dataset.versions.order_by("number").values_list("number", flat=True)) == [1, 2, 5, 6]
    rows = alice.api.get(f"/api/v1/datasets/{dataset.id}/versions").json()["results"]
    assert [(row["number"], row["parent"]) for row in rows] == [(6, 5), (5, 2), (2, 1), (1, None)]
