import pytest

from inference.models import DetectorModel, LabelOnUpload
from modelship.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


def automation(person, project, verb="get", body=None):
    url = f"/api/v1/projects/{project.id}/automation"
    if verb == "get":
        return person.api.get(url)
    return getattr(person.api, verb)(url, body, content_type="application/json")


def test_without_a_wish_everything_is_off(vic, project):
    answer = automation(vic, project)

    assert answer.status_code == 200
    assert answer.json()["label_on_upload"]["is_on"] is False


def test_a_wish_is_kept_as_it_was_sent(alice, vic, project, thing):
    asked = {
        "confidence": 0.4,
        "thresholds": {"stuff": 0.2},
        "iou": 0.5,
        "slice": {"size": 320, "overlap": 0.1},
        "merge": {"method": "nms"},
        "overlapping": "skip",
    }

    put = automation(alice, project, "put", {"model": "thing finder", **asked})

    assert put.status_code == 200, put.content
    shown = automation(vic, project).json()["label_on_upload"]
    assert shown["model"] == {"id": str(thing.id), "name": "thing finder", "state": "active"}
    assert shown["options"] == {**asked, "create_classes": True}
    assert (shown["is_on"], shown["problem"], shown["created_by"]) == (True, None, str(alice.user.id))
    entry = AuditEntry.objects.get(verb="label_on_upload.changed")
    assert (entry.subject, entry.facts["model"]) == (f"project:{project.id}", str(thing.id))


def test_an_annotator_sets_it_up_without_new_classes(ann, project, thing):
    answer = automation(ann, project, "put", {"model": str(thing.id), "create_classes": True})

    assert answer.json()["label_on_upload"]["options"] == {"create_classes": False}


def test_switching_off_remembers_and_a_second_put_replaces(alice, project, thing):
    automation(alice, project, "put", {"model": str(thing.id), "confidence": 0.4})

    off = automation(alice, project, "put", {"is_on": False}).json()["label_on_upload"]
    on = automation(alice, project, "put", {"model": str(thing.id), "iou": 0.3}).json()["label_on_upload"]

    assert (off["is_on"], off["options"]["confidence"]) == (False, 0.4)
    assert (on["is_on"], on["options"]) == (True, {"iou": 0.3, "create_classes": True})
    assert LabelOnUpload.objects.count() == 1


def test_a_model_that_was_archived_or_deleted_is_a_problem(alice, project, thing):
    automation(alice, project, "put", {"model": str(thing.id)})

    DetectorModel.objects.filter(pk=thing.pk).update(state="archived")
    archived = automation(alice, project).json()["label_on_upload"]
    thing.delete()
    deleted = automation(alice, project).json()["label_on_upload"]

    assert archived["problem"] == "thing finder is archived. Activate it, or choose another."
    assert deleted["problem"] == "thing finder was deleted. Choose another model."
    assert deleted["model"] == {"id": None, "name": "thing finder", "state": "deleted"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"model": "no such"}, 404),
        ({"model": "thing finder", "confidence": 7}, 400),
        ({"model": "thing finder", "merge": {"method": "nms"}}, 400),
        ({"model": "thing finder", "images": []}, 400),
        ({"model": "thing finder", "is_on": "yes"}, 400),
        ({"is_on": False}, 404),
    ],
)
def test_what_cannot_be_is_refused_at_once(alice, project, thing, body, status):
    answer = automation(alice, project, "put", body)

    assert answer.status_code == status, answer.content
    assert LabelOnUpload.objects.count() == 0


def test_a_viewer_may_look_but_not_change(alice, vic, project, thing):
    automation(alice, project, "put", {"model": str(thing.id)})

    answers = [automation(vic, project, "put", {"is_on": False}), automation(vic, project, "delete")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert LabelOnUpload.objects.get().is_on


def test_deleting_it_twice_is_no_mistake(alice, project, thing):
    automation(alice, project, "put", {"model": str(thing.id)})

    answers = [automation(alice, project, "delete") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert LabelOnUpload.objects.count() == 0
    assert AuditEntry.objects.filter(verb="label_on_upload.removed").count() == 1
