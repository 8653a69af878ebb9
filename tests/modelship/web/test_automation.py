"""The pages that say what happens with new pictures."""

import pytest

from inference.models import DetectorModel, LabelOnUpload
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(alice: Person) -> DetectorModel:
    return DetectorModel.objects.create(
        tenant=alice.tenant,
        name="spotter",
        head="yolox",
        input_width=32,
        input_height=32,
        class_names=["spot"],
        sha256="0" * 64,
        size=1,
    )


def save(person, project, **form):
    return person.browser.post(f"/projects/{project.id}/automation/", form, follow=True)


def test_a_manager_switches_it_on_and_both_pages_say_so(alice, project, model):
    answer = save(
        alice, project, is_on="on", model=str(model.id), confidence="0.4", size="320", create_classes="on"
    )

    assert answer.redirect_chain == [(f"/projects/{project.id}/edit/", 302)]
    wish = LabelOnUpload.objects.get()
    assert (wish.is_on, wish.model, wish.created_by) == (True, model, alice.user)
    assert wish.asked == {"confidence": 0.4, "slice": {"size": 320}, "create_classes": True}
    assert "New pictures are labelled with spotter." in alice.browser.get(f"/projects/{project.id}/").text


def test_what_the_form_does_not_show_stays_for_the_same_model(alice, project, model):
    body = {"model": "spotter", "iou": 0.3, "slice": {"size": 512}, "merge": {"method": "nms"}}
    alice.api.put(f"/api/v1/projects/{project.id}/automation", body, content_type="application/json")

    save(alice, project, is_on="on", model=str(model.id), confidence="0.4", size="")

    asked = LabelOnUpload.objects.get().asked
    assert asked == {"iou": 0.3, "confidence": 0.4, "slice": None, "create_classes": False}


def test_switching_off_remembers(alice, project, model):
    save(alice, project, is_on="on", model=str(model.id), confidence="0.4")

    save(alice, project)

    wish = LabelOnUpload.objects.get()
    assert (wish.is_on, wish.asked["confidence"]) == (False, 0.4)
    assert "New pictures are" not in alice.browser.get(f"/projects/{project.id}/").text


def test_a_refusal_is_told_and_changes_nothing(alice, project, model):
    answer = save(alice, project, is_on="on", model=str(model.id), confidence="7")

    assert "must be a number from 0 to 1" in answer.text
    assert LabelOnUpload.objects.count() == 0


def test_a_model_that_cannot_label_any_more_is_told(alice, project, model):
    save(alice, project, is_on="on", model=str(model.id), confidence="0.4")
    DetectorModel.objects.update(state="archived")

    answers = [alice.browser.get(f"/projects/{project.id}/{page}").text for page in ("", "edit/")]

    assert all("spotter is archived. Activate it, or choose another." in text for text in answers)


def test_a_reviewer_does_not_change_it(bob, project, model):
    answer = save(bob, project, is_on="on", model=str(model.id), confidence="0.4")

    assert answer.status_code == 403
    assert LabelOnUpload.objects.count() == 0
