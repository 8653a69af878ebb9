"""The pictures of a team session: each person's next one, never the same for two, and what came out."""

import csv
import io
import threading
from datetime import timedelta

import pytest
from django.db import connections

from annotations.actions.review import review
from annotations.actions.session_pictures import next_picture
from annotations.actions.workflows import change_workflow
from annotations.models import Canvas, SessionPicture, TeamSession
from datasets.models import Dataset, Image
from modelship.lib.clock import now
from modelship.projects.models import Project
from tests.annotations.api.session_calls import apart, begin, call, given, joined
from tests.annotations.conftest import MakePicture
from tests.live_clients import add
from tests.people import Person, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def pictures(make_picture: MakePicture) -> list[Image]:
    return [make_picture() for _ in range(4)]


@pytest.fixture
def rita(alice: Person) -> Person:
    return make_person("Rita", alice.tenant, "reviewer")


def test_apart_nobody_gets_what_another_has(
    bob: Person, rita: Person, ann: Person, dataset: Dataset, pictures: list[Image]
):
    session = apart(bob, dataset, rita, ann)

    assert [given(one, session) for one in (bob, rita, ann)] == ["1.png", "2.png", "3.png"]
    # Asking again changes nothing, skipping does.
    assert given(bob, session) == "1.png"
    assert given(bob, session, skip=[str(pictures[0].id)]) == "4.png"
    review(pictures[1].id, "approve", actor=rita.actor)
    answer = call(rita, "post", f"sessions/{session}/next")
    assert (answer["image"], answer["waiting"]) == (None, 2)
    # Who leaves gives back what they have.
    call(ann, "post", f"sessions/{session}/leave")
    assert Canvas.objects.get(pk=pictures[2].pk).holder_id is None
    assert given(rita, session) == "3.png"
    # A laptop that was closed keeps nothing for ever, here or for the queue.
    SessionPicture.objects.filter(image=pictures[3]).update(held_until=now())
    Canvas.objects.filter(pk=pictures[3].pk).update(held_until=now())
    review(pictures[2].id, "reject", actor=rita.actor, comment="Blurred.")
    assert given(rita, session) == "4.png"
    assert given(bob, session) is None


def test_what_somebody_outside_works_on_waits(
    bob: Person, ann: Person, dataset: Dataset, pictures: list[Image]
):
    session = apart(bob, dataset)
    edits = {"edits": [add()]}
    ann.api.post(f"/api/v1/images/{pictures[0].id}/edits", edits, "application/json")
    Image.objects.filter(pk=pictures[1].pk).update(archived_at=now(), archived_for="x")

    assert given(bob, session) == "3.png"


def test_nobody_is_handed_their_own_work_where_the_project_forbids_it(
    alice: Person, bob: Person, ann: Person, dataset: Dataset, pictures: list[Image]
):
    change_workflow(alice.actor, dataset.project, {"preset": "strict"})
    review(pictures[0].id, "submit", actor=bob.actor)
    review(pictures[1].id, "submit", actor=ann.actor)
    session = apart(bob, dataset, ann)

    assert given(bob, session) == "2.png"
    # There is nothing to hand in about what is handed in.
    assert given(ann, session) == "3.png"
    refused = call(
        bob, "post", f"images/{pictures[0].id}/review", 403, action="approve", comment="I am sure."
    )
    assert refused["code"] == "own_work"
    assert call(bob, "get", f"sessions/{session}")["progress"]["done"] == 0


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_the_same_moment_get_two_pictures(
    bob: Person, rita: Person, dataset: Dataset, pictures: list[Image]
):
    session = TeamSession.objects.get(pk=apart(bob, dataset, rita))
    start, got = threading.Barrier(2), []

    def ask(person: Person) -> None:
        start.wait()
        got.append(next_picture(person.actor, TeamSession.objects.get(pk=session.pk)))
        connections.close_all()

    for _ in range(2):
        askers = [threading.Thread(target=ask, args=[person]) for person in (bob, rita)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        SessionPicture.objects.filter(image__in=got).update(verdict="skip")

    assert sorted(got) == sorted(image.pk for image in pictures)


def test_the_summary_counts_exactly(
    project: Project, bob: Person, rita: Person, vic: Person, dataset: Dataset, pictures: list[Image]
):
    session = begin(bob, dataset, rita, mode="apart", name="=1+1")
    joined(session, rita)
    boat = str(project.classes.get(name="boat").id)
    for image, boxes in ((pictures[0], 2), (pictures[1], 1)):
        edits = {"edits": [add(class_id=boat) for _ in range(boxes)]}
        assert rita.api.post(f"/api/v1/images/{image.id}/edits", edits, "application/json").status_code == 200
    given(rita, session)
    SessionPicture.objects.filter(image=pictures[0]).update(shown_at=now() - timedelta(seconds=30))
    review(pictures[0].pk, "approve", actor=rita.actor)
    given(rita, session)
    SessionPicture.objects.filter(image=pictures[1]).update(shown_at=now() - timedelta(hours=2))
    review(pictures[1].pk, "reject", actor=rita.actor, comment="=HYPERLINK(1)")
    given(bob, session)
    given(bob, session, skip=[str(pictures[2].id)])
    call(bob, "patch", f"sessions/{session}", state="ended")

    found = call(vic, "get", f"sessions/{session}/summary")

    assert found["progress"] == {
        "total": 4,
        "done": 3,
        "verdicts": {"approve": 1, "reject": 1, "submit": 0, "skip": 1},
    }
    people = {one["user"]["name"]: one for one in found["people"]}
    assert people["Rita"]["verdicts"] == {"approve": 1, "reject": 1, "submit": 0, "skip": 0}
    assert people["Bob"]["verdicts"] == {"approve": 0, "reject": 0, "submit": 0, "skip": 1}
    # Two hours were not all spent looking.
    assert people["Rita"]["time"]["pictures"] == 1
    assert people["Rita"]["time"]["median"] == pytest.approx(30, abs=2)
    assert found["time"]["pictures"] == 2
    [label] = found["classes"]
    assert (label["name"], label["verdicts"]) == ("boat", {"approve": 1, "reject": 1, "submit": 0, "skip": 0})
    assert found["over_time"]["minutes"] == 1
    assert (
        sum(sum(place[verdict] for verdict in label["verdicts"]) for place in found["over_time"]["places"])
        == 3
    )
    assert [(one["picture"], one["verdict"], one["comment"]) for one in found["pictures"]] == [
        ("1.png", "approve", ""),
        ("2.png", "reject", "=HYPERLINK(1)"),
        ("3.png", "skip", ""),
        ("4.png", None, ""),
    ]
    answer = vic.api.get(f"/api/v1/sessions/{session}/summary?format=csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [
        (row["number"], row["picture"], row["verdict"], row["by"], row["comment"], row["state"])
        for row in rows
    ] == [
        ("1", "1.png", "approve", "Rita", "", "approved"),
        ("2", "2.png", "reject", "Rita", "'=HYPERLINK(1)", "changes_requested"),
        ("3", "3.png", "skip", "Bob", "", "new"),
        ("4", "4.png", "", "", "", "new"),
    ]
    assert call(vic, "get", f"sessions/{session}/summary?format=xml", 400)["field"] == "format"
