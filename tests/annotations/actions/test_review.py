import pytest

from annotations.actions.apply_edits import apply_edits
from annotations.actions.review import review
from annotations.models import Canvas, CanvasEdit
from annotations.queries import log_since
from datasets.models import Image
from modelship.audit.models import AuditEntry
from modelship.lib.errors import BadRequest, Conflict, Forbidden, NotFound, PreconditionFailed
from tests.live_clients import add
from tests.people import Person


def state_of(image: Image) -> str:
    return Image.objects.values_list("state", flat=True).get(id=image.id)


def test_the_whole_way_of_an_image(ann: Person, bob: Person, picture: Image):
    apply_edits(picture.id, [add()], actor=ann.actor)

    submitted = review(picture.id, "submit", actor=ann.actor)
    rejected = review(picture.id, "reject", actor=bob.actor, comment=" The crane is missing. ")
    again = review(picture.id, "submit", actor=ann.actor)
    approved = review(picture.id, "approve", actor=bob.actor)

    assert [step["canvas"]["review_state"] for step in (submitted, rejected, again, approved)] == [
        "submitted",
        "changes_requested",
        "submitted",
        "approved",
    ]
    assert approved["seq"] == 5
    assert approved["canvas"]["is_locked"] is True
    assert state_of(picture) == "approved"
    assert log_since(picture.id, 2)[0]["edits"][0]["patch"]["comment"] == "The crane is missing."


def test_reopening_shows_how_far_the_labelling_is(ann: Person, bob: Person, picture: Image):
    apply_edits(picture.id, [add()], actor=ann.actor)
    review(picture.id, "approve", actor=bob.actor)

    reopened = review(picture.id, "reopen", actor=bob.actor)

    assert (reopened["canvas"]["state"], reopened["canvas"]["is_locked"]) == ("labeled", False)


def test_a_step_taken_twice_changes_nothing(bob: Person, picture: Image):
    first = review(picture.id, "approve", actor=bob.actor)

    assert review(picture.id, "approve", actor=bob.actor) == first
    assert CanvasEdit.objects.count() == 1


@pytest.mark.parametrize(
    ("before", "action"),
    [("approve", "submit"), ("submit", "reopen"), ("reject", "reject"), (None, "reopen")],
)
def test_steps_lead_only_from_their_states(bob: Person, picture: Image, before: str | None, action: str):
    if before:
        review(picture.id, before, actor=bob.actor)
    allowed = (before, action) in [("submit", "reopen"), ("reject", "reject"), (None, "reopen")]

    if allowed:
        review(picture.id, action, actor=bob.actor)
    else:
        with pytest.raises(Conflict) as refusal:
            review(picture.id, action, actor=bob.actor)
        assert refusal.value.code == "wrong_state"
        assert Canvas.objects.get(pk=picture.id).review_state == "approved"


@pytest.mark.parametrize(
    ("role", "action", "refusal"),
    [
        ("vic", "submit", Forbidden),
        ("vic", "approve", Forbidden),
        ("ann", "approve", Forbidden),
        ("ann", "reject", Forbidden),
        ("ann", "reopen", Forbidden),
        ("charlie", "submit", NotFound),
        ("charlie", "approve", NotFound),
    ],
)
def test_too_low_a_role_changes_nothing(
    role: str, action: str, refusal: type, picture: Image, request: pytest.FixtureRequest
):
    actor = request.getfixturevalue(role).actor

    with pytest.raises(refusal):
        review(picture.id, action, actor=actor)

    assert not CanvasEdit.objects.exists()
    assert state_of(picture) == "new"


def test_the_steps_are_in_the_audit_trail(ann: Person, bob: Person, picture: Image):
    review(picture.id, "submit", actor=ann.actor)
    review(picture.id, "approve", actor=bob.actor, comment="Good.")

    found = AuditEntry.objects.filter(subject=f"image:{picture.id}").order_by("number")
    assert [(entry.verb, entry.facts) for entry in found] == [
        ("image.submitted", {"comment": "", "seq": 1}),
        ("image.approved", {"comment": "Good.", "seq": 2}),
    ]


def test_nonsense_and_stale_calls_are_refused(bob: Person, picture: Image):
    for action in ("celebrate", "", None, ["approve"], {"approve": 1}):
        with pytest.raises(BadRequest):
            review(picture.id, action, actor=bob.actor)
    with pytest.raises(BadRequest):
        review(picture.id, "approve", actor=bob.actor, comment="x" * 2_001)
    with pytest.raises(PreconditionFailed):
        review(picture.id, "approve", actor=bob.actor, if_match=3)
