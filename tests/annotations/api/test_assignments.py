"""Assignments over REST: dealt out, taken, given back, taken away; by whom, to whom, twice, and as a job."""

import json
from dataclasses import replace
from typing import Any

import pytest

from annotations.models import Assignment
from datasets.actions import bulk
from datasets.actions.bulk import run_bulk
from datasets.actions.bulk_changes import BY_NAME
from datasets.models import Dataset, Image
from modelship.accounts.actions import change_member
from modelship.audit.models import AuditEntry
from modelship.jobs import lease
from modelship.jobs.context import JobContext
from modelship.jobs.errors import Cancelled
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from modelship.projects.models import Member
from tests.datasets.seeded import seed_images
from tests.people import Person, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(dataset: Dataset) -> list[Image]:
    return seed_images(dataset, *({} for _ in range(6)))


def post(person: Person, dataset: Dataset, action: str, value: Any = None, **body: Any):
    given = {"filter": {}, **body} if "images" not in body else body
    order = {"action": action, **given} if value is None else {"action": action, "value": value, **given}
    return person.api.post(
        f"/api/v1/datasets/{dataset.id}/bulk", json.dumps(order), content_type="application/json"
    )


def deal(person: Person, dataset: Dataset, *people: Person, purpose: str = "label", **more: Any):
    """To all pictures, but for what `more` says."""
    body = {key: more.pop(key) for key in ("images", "filter") if key in more}
    value = {"purpose": purpose, "people": [str(one.user.id) for one in people], **more}
    return post(person, dataset, "assign", value, **body)


def held(dataset: Dataset, purpose: str = "label") -> list[str]:
    """The names of who has each picture, in gallery order."""
    rows = Assignment.objects.filter(image__dataset=dataset, purpose=purpose).order_by("user__name")
    names: dict[Any, list[str]] = {}
    for image_id, name in rows.values_list("image_id", "user__name"):
        names.setdefault(image_id, []).append(name)
    return [
        "+".join(names.get(pk, [])) for pk in dataset.images.order_by("ordinal").values_list("pk", flat=True)
    ]


def entries(verb: str) -> int:
    return AuditEntry.objects.filter(verb=verb).count()


def test_pictures_are_dealt_in_turn_and_dealing_again_changes_nothing(
    alice: Person, ann: Person, bob: Person, dataset: Dataset, images: list[Image]
):
    first = deal(alice, dataset, ann, bob)
    again = deal(alice, dataset, ann, bob)

    assert first.json() == {"action": "assign", "matched": 6, "changed": 6, "refused": 0, "job": None}
    assert again.json()["changed"] == 0
    assert held(dataset) == ["Ann", "Bob"] * 3
    entry = AuditEntry.objects.get(verb="images.assigned")
    assert entry.facts["people"][str(ann.user.id)] == [str(images[at].id) for at in (0, 2, 4)]


def test_a_person_gets_what_is_named(alice: Person, ann: Person, dataset: Dataset, images: list[Image]):
    deal(alice, dataset, ann, images=[str(images[3].id), str(images[1].id)], due="2026-12-01")

    assert held(dataset) == ["", "Ann", "", "Ann", "", ""]
    answer = ann.api.get("/api/v1/assignments?user=me&limit=1").json()
    assert answer["results"][0]["user"] == {
        "id": str(ann.user.id),
        "name": "Ann",
        "email": "ann@example.com",
    }
    assert {answer["results"][0][key] for key in ("purpose", "due")} == {"label", "2026-12-01"}
    rest = ann.api.get(answer["next"]).json()
    assert {one["image"] for one in (*answer["results"], *rest["results"])} == {
        str(images[1].id),
        str(images[3].id),
    }


def test_shares_and_overlap(alice: Person, ann: Person, bob: Person, dataset: Dataset, images: list[Image]):
    value = {"purpose": "label", "people": [{"user": str(ann.user.id), "share": 2}, str(bob.user.id)]}

    post(alice, dataset, "assign", value)

    assert sorted(held(dataset)) == ["Ann"] * 4 + ["Bob"] * 2
    both = deal(alice, dataset, ann, bob, each=2)
    assert (both.json()["changed"], held(dataset)) == (6, ["Ann+Bob"] * 6)


def test_what_is_assigned_is_left_alone_by_a_search_for_the_rest(
    alice: Person, ann: Person, bob: Person, dataset: Dataset, images: list[Image]
):
    deal(alice, dataset, ann, images=[str(images[0].id)])

    answer = deal(alice, dataset, bob, alice, filter={"q": "assignee:none"})

    assert answer.json()["matched"] == 5
    assert held(dataset) == ["Ann", "Bob", "Alice", "Bob", "Alice", "Bob"]


def test_only_members_who_may_get_pictures(
    alice: Person, ann: Person, vic: Person, charlie: Person, dataset: Dataset, images: list[Image]
):
    for person, purpose, name in ((vic, "label", "Vic"), (ann, "review", "Ann")):
        answer = deal(alice, dataset, person, purpose=purpose)
        assert (answer.status_code, answer.json()["code"]) == (422, "not_assignable")
        assert f"Not a member who may {purpose} here: {name}." in answer.json()["detail"]
    stranger = deal(alice, dataset, ann, charlie)
    assert (stranger.status_code, stranger.json()["people"]) == (422, [str(charlie.user.id)])
    assert "Charlie" not in stranger.content.decode()
    Member.objects.create(project=dataset.project, user=vic.user, role="annotator")
    assert deal(alice, dataset, vic).json()["changed"] == 6
    Member.objects.create(project=dataset.project, user=ann.user, role="viewer")
    assert deal(alice, dataset, ann).status_code == 422
    assert held(dataset) == ["Vic"] * 6


def test_managers_alone_say_who_gets_what(
    ann: Person, bob: Person, vic: Person, charlie: Person, dataset: Dataset, images: list[Image]
):
    for person, status in ((ann, 403), (bob, 403), (vic, 403), (charlie, 404)):
        for action, value in (
            ("assign", {"purpose": "label", "people": [str(ann.user.id)]}),
            ("unassign", {}),
            ("set_due", {"due": None}),
        ):
            assert post(person, dataset, action, value).status_code == status
    assert not Assignment.objects.exists()


def test_an_annotator_takes_what_nobody_has_and_gives_back_only_that(
    alice: Person, ann: Person, bob: Person, vic: Person, dataset: Dataset, images: list[Image]
):
    deal(alice, dataset, bob, images=[str(images[0].id)])
    deal(alice, dataset, ann, images=[str(images[1].id)])

    taken = post(ann, dataset, "take", {"purpose": "label"})
    again = post(ann, dataset, "take", {"purpose": "label"})

    assert (taken.json()["changed"], again.json()["changed"]) == (4, 0)
    assert held(dataset) == ["Bob"] + ["Ann"] * 5
    assert post(ann, dataset, "take", {"purpose": "review"}).status_code == 403
    assert post(vic, dataset, "take").status_code == 403
    assert post(ann, dataset, "give_back").json()["changed"] == 4
    assert held(dataset) == ["Bob", "Ann", "", "", "", ""]
    assert (entries("images.assigned"), entries("images.unassigned")) == (3, 1)


def test_pictures_are_taken_away_from_some_or_from_all(
    alice: Person, ann: Person, bob: Person, dataset: Dataset, images: list[Image]
):
    deal(alice, dataset, ann, bob, each=2)
    deal(alice, dataset, bob, purpose="review")

    some = post(alice, dataset, "unassign", {"purpose": "label", "people": [str(ann.user.id)]})

    assert (some.json()["changed"], held(dataset)) == (6, ["Bob"] * 6)
    rest = post(alice, dataset, "unassign", {}, images=[str(images[0].id)])
    assert (rest.json()["changed"], held(dataset)[0], held(dataset, "review")) == (1, "", ["", *["Bob"] * 5])
    assert post(alice, dataset, "unassign", {}, images=[str(images[0].id)]).json()["changed"] == 0


def test_days_are_set_moved_and_taken_away(alice: Person, ann: Person, dataset: Dataset, images: list[Image]):
    deal(alice, dataset, ann)

    def days() -> set[str]:
        return {str(day) for day in Assignment.objects.values_list("due_on", flat=True)}

    assert deal(alice, dataset, ann, due="2026-12-01").json()["changed"] == 6
    assert post(alice, dataset, "set_due", {"due": "2026-12-01"}).json()["changed"] == 0
    assert days() == {"2026-12-01"}
    assert post(alice, dataset, "set_due", {"due": None}).json()["changed"] == 6
    assert days() == {"None"}


@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("assign", None),
        ("assign", []),
        ("assign", {"purpose": "label"}),
        ("assign", {"purpose": "label", "people": []}),
        ("assign", {"purpose": "label", "people": ["me"]}),
        ("assign", {"purpose": "label", "people": ["{ann}", "{ann}"]}),
        ("assign", {"purpose": "look", "people": ["{ann}"]}),
        ("assign", {"people": ["{ann}"]}),
        ("assign", {"purpose": "label", "people": ["{ann}"], "each": 2}),
        ("assign", {"purpose": "label", "people": ["{ann}"], "each": 0.5}),
        ("assign", {"purpose": "label", "people": ["{ann}"], "due": "soon"}),
        ("assign", {"purpose": "label", "people": ["{ann}"], "due": 20261201}),
        ("assign", {"purpose": "label", "people": ["{ann}"], "due": "0001-01-01"}),
        ("assign", {"purpose": "label", "people": [{"user": "{ann}", "share": 0}]}),
        ("assign", {"purpose": "label", "people": [{"user": "{ann}", "share": 1.5}]}),
        ("assign", {"purpose": "label", "people": [{"user": "{ann}", "weight": 1}]}),
        ("assign", {"purpose": "label", "people": ["{ann}"], "mode": "all"}),
        ("unassign", {"people": "all"}),
        ("unassign", {"purpose": "all"}),
        ("set_due", {}),
        ("take", {"people": ["{ann}"]}),
        ("give_back", {"purpose": 1}),
    ],
)
def test_what_can_not_be_read_changes_nothing(
    action: str, value: Any, alice: Person, ann: Person, dataset: Dataset, images: list[Image]
):
    deal(alice, dataset, ann, images=[str(images[0].id)])
    before = list(Assignment.objects.values())

    answer = post(alice, dataset, action, json.loads(json.dumps(value).replace("{ann}", str(ann.user.id))))

    assert answer.status_code == 400, answer.content
    assert answer.json()["detail"].endswith(".")
    assert list(Assignment.objects.values()) == before


def test_who_has_left_has_nothing_until_they_are_back(
    alice: Person, ann: Person, bob: Person, dataset: Dataset, images: list[Image]
):
    deal(alice, dataset, ann)
    one = alice.api.get("/api/v1/assignments").json()["results"][0]

    change_member(alice.actor, ann.user.id, is_active=False)

    assert alice.api.get("/api/v1/assignments").json()["results"] == []
    assert alice.api.get(f"/api/v1/assignments/{one['id']}").status_code == 404
    listed = alice.api.get(f"/api/v1/images?dataset={dataset.id}&assignee=none&with=assignees").json()
    assert [image["assignees"] for image in listed["results"]] == [[]] * 6
    assert deal(alice, dataset, ann).json()["code"] == "not_assignable"
    assert post(bob, dataset, "take").json()["changed"] == 6
    change_member(alice.actor, ann.user.id, is_active=True)
    assert held(dataset) == ["Ann+Bob"] * 6
    assert len(alice.api.get("/api/v1/assignments").json()["results"]) == 12


def test_deleted_pictures_and_people_take_theirs_along(
    alice: Person, ann: Person, bob: Person, dataset: Dataset, images: list[Image]
):
    deal(alice, dataset, ann, bob)
    alice.api.delete(f"/api/v1/images/{images[0].id}")
    bob.user.delete()

    assert held(dataset) == ["", "Ann", "", "Ann", ""]


def test_one_assignment_is_read_changed_and_ended(
    alice: Person,
    ann: Person,
    bob: Person,
    vic: Person,
    charlie: Person,
    dataset: Dataset,
    images: list[Image],
):
    deal(alice, dataset, ann, images=[str(images[0].id)])
    post(ann, dataset, "take", images=[str(images[1].id)])
    given, own = (Assignment.objects.get(image=image) for image in images[:2])
    url = f"/api/v1/assignments/{given.id}"

    seen = vic.api.get(url)
    assert (seen.json()["due"], charlie.api.get(url).status_code) == (None, 404)
    day = {"due": "2026-12-01"}
    assert ann.api.patch(url, day, content_type="application/json").status_code == 403
    changed = alice.api.patch(url, day, content_type="application/json")
    assert (changed.json()["due"], changed["ETag"] != seen["ETag"]) == ("2026-12-01", True)
    stale = alice.api.delete(url, headers={"if-match": seen["ETag"]})
    assert stale.status_code == 412
    assert (ann.api.delete(url).status_code, bob.api.delete(url).status_code) == (403, 403)
    assert ann.api.delete(f"/api/v1/assignments/{own.id}").status_code == 204
    assert alice.api.delete(url).status_code == 204
    assert (entries("images.due_set"), entries("images.unassigned")) == (1, 2)
    assert not Assignment.objects.exists()


def test_the_list_is_chosen_from(
    alice: Person, ann: Person, bob: Person, charlie: Person, dataset: Dataset, images: list[Image]
):
    deal(alice, dataset, ann, bob)
    deal(alice, dataset, bob, purpose="review", images=[str(images[0].id)])

    def count(query: str) -> int:
        return len(bob.api.get(f"/api/v1/assignments?{query}").json()["results"])

    assert (count(""), count("user=me"), count("purpose=review"), count(f"user={ann.user.id}")) == (
        7,
        4,
        1,
        3,
    )
    assert (count(f"image={images[0].id}"), count(f"dataset={dataset.id}")) == (2, 7)
    assert bob.api.get("/api/v1/assignments?purpose=look").status_code == 400
    assert charlie.api.get("/api/v1/assignments").json()["results"] == []
    assert charlie.api.get(f"/api/v1/assignments?dataset={dataset.id}").status_code == 404


@pytest.fixture
def _few_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(BY_NAME, "assign", replace(BY_NAME["assign"], at_once=2))


class DyingContext(JobContext):
    """Ends the work after the first part."""

    def progress(self, done, total=None, message=""):
        raise Cancelled


@pytest.mark.usefixtures("_few_at_once", "images")
def test_many_are_dealt_by_a_job_that_a_kill_does_not_confuse(
    alice: Person, ann: Person, bob: Person, dataset: Dataset
):
    dora = make_person("Dora", alice.tenant, "annotator")
    answer = deal(alice, dataset, ann, bob, dora, filter={"q": "assignee:none"}, due="2026-12-01")
    seed_images(dataset, {"filename": "later.png"})
    job = lease.claim([bulk.KIND])
    with pytest.raises(Cancelled):
        run_bulk(job, DyingContext(job, ticks_itself=True))
    lease.put_back(job, pause=0)

    run_queued([bulk.KIND])

    assert answer.status_code == 202
    job = Job.objects.get(pk=answer.json()["job"]["id"])
    assert (job.state, job.done, job.total, job.result) == ("succeeded", 6, 6, {"changed": 6, "refused": 0})
    assert held(dataset) == ["Ann", "Bob", "Dora"] * 2 + [""]
    assert entries("images.assigned") == 3


@pytest.mark.usefixtures("_few_at_once", "images")
def test_who_leaves_meanwhile_gets_nothing_more(alice: Person, ann: Person, bob: Person, dataset: Dataset):
    deal(alice, dataset, ann, bob)
    change_member(alice.actor, bob.user.id, role="viewer")

    run_queued([bulk.KIND])

    assert held(dataset) == ["Ann"] * 6


@pytest.mark.usefixtures("images")
def test_a_job_that_speaks_of_oneself_means_who_ordered_it(
    alice: Person, ann: Person, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(BY_NAME, "add_keyword", replace(BY_NAME["add_keyword"], at_once=1))
    deal(alice, dataset, ann, alice)

    post(ann, dataset, "add_keyword", "mine", filter={"q": "assignee:me"})
    run_queued([bulk.KIND])

    tagged = [image.metadata.get("keywords") for image in dataset.images.order_by("ordinal")]
    assert tagged == [["mine"], None] * 3
