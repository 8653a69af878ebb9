"""The pages of team sessions: the form and the list, the buttons, and the summary."""

import pytest

from annotations.actions.review import review
from annotations.models import SessionPerson, TeamSession
from datasets.models import Dataset, Image
from tests.annotations.conftest import MakePicture, make_picture
from tests.people import Person

__all__ = ["make_picture"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def pictures(make_picture: MakePicture) -> list[Image]:
    return [make_picture() for _ in range(3)]


@pytest.fixture
def session(bob: Person, ann: Person, dataset: Dataset, pictures: list[Image]) -> TeamSession:
    form = {"name": "Friday", "mode": "together", "people": [str(ann.user.id)]}
    answer = bob.browser.post(f"/datasets/{dataset.id}/sessions/", form)
    session = TeamSession.objects.get()
    assert answer["Location"] == f"/sessions/{session.pk}/"
    return session


def act(person: Person, session: TeamSession, action: str, **body: str) -> str:
    """Press a button of the page; returns what it says then."""
    url = f"/sessions/{session.pk}/act/"
    return person.browser.post(url, {"action": action, **body}, follow=True).content.decode()


def test_the_form_counts_refuses_and_begins(
    bob: Person, ann: Person, dataset: Dataset, pictures: list[Image]
):
    url = f"/datasets/{dataset.id}/sessions/"

    assert "2 pictures." in bob.browser.get(url, {"q": "-1.png"}).content.decode()
    nothing = bob.browser.post(url, {"name": "x", "mode": "apart", "q": "nowhere"})
    assert nothing.status_code == 422
    assert "The search finds no picture." in nothing.content.decode()
    assert bob.browser.post(url, {"name": " ", "mode": "apart"}).status_code == 400
    assert ann.browser.post(url, {"name": "x", "mode": "apart"}).status_code == 403
    assert "Begin a session" not in ann.browser.get(url).content.decode()
    assert TeamSession.objects.count() == 0


def test_the_page_offers_what_one_may(
    alice: Person, bob: Person, ann: Person, vic: Person, charlie: Person, session: TeamSession
):
    url = f"/sessions/{session.pk}/"
    buttons = {
        person.user.name: {
            words
            for words in ("Go on", "Join", "Take the lead", "End the session", "Delete the session", "Leave")
            if words in person.browser.get(url).content.decode().replace("Leave the", "")
        }
        for person in (alice, bob, ann, vic)
    }

    assert buttons == {
        "Alice": {"Join", "End the session", "Delete the session"},
        "Bob": {"Go on", "End the session", "Delete the session", "Leave"},
        "Ann": {"Join"},
        "Vic": set(),
    }
    assert "You were not invited" in vic.browser.get(url).content.decode()
    assert charlie.browser.get(url).status_code == 404


def test_whoever_goes_gets_the_picture_that_is_theirs(
    bob: Person, ann: Person, vic: Person, session: TeamSession, pictures: list[Image]
):
    url = f"/sessions/{session.pk}/go/"
    TeamSession.objects.update(image=pictures[1])

    assert ann.browser.post(url)["Location"] == f"/images/{pictures[1].pk}/?session={session.pk}"
    act(bob, session, "mode", mode="apart")
    assert bob.browser.post(url)["Location"] == f"/images/{pictures[0].pk}/?session={session.pk}"
    assert ann.browser.post(url)["Location"] == f"/images/{pictures[1].pk}/?session={session.pk}"
    assert vic.browser.post(url)["Location"] == f"/sessions/{session.pk}/"
    assert SessionPerson.objects.filter(user=vic.user).count() == 0


def test_the_editor_goes_along_the_session(
    bob: Person, charlie: Person, dataset: Dataset, pictures: list[Image]
):
    form = {"name": "Back", "mode": "together", "order": "newest", "q": "-2.png"}
    bob.browser.post(f"/datasets/{dataset.id}/sessions/", form)
    session = TeamSession.objects.get()
    url = f"/images/{pictures[2].pk}/editor.json?session={session.pk}"

    page = bob.browser.get(url).json()

    assert page["position"] == {"index": 1, "total": 2}
    assert page["previous"] is None
    assert page["next"]["url"] == f"/images/{pictures[0].pk}/?session={session.pk}"
    assert [one["id"] for one in page["neighbours"]] == [str(pictures[2].pk), str(pictures[0].pk)]
    beside = bob.browser.get(f"/images/{pictures[1].pk}/editor.json?session={session.pk}").json()
    assert beside["position"] == {"index": 3, "total": 3}
    assert charlie.browser.get(url).status_code == 404
    assert bob.browser.get(f"/images/{pictures[2].pk}/?session=x").status_code == 400
    assert bob.browser.get(f"/images/{pictures[2].pk}/?session={pictures[0].pk}").status_code == 404


def test_buttons_do_what_they_say_and_refusals_are_told(
    alice: Person, bob: Person, ann: Person, session: TeamSession
):
    assert "Only who leads the session may do this." in act(ann, session, "end")
    act(ann, session, "join")
    act(bob, session, "leave")
    assert "Only somebody who takes part and may review can lead." in act(ann, session, "lead")
    act(alice, session, "join")
    act(alice, session, "lead")
    session.refresh_from_db()
    assert session.leader == alice.user
    assert "What came out." in act(alice, session, "end")
    assert "The session has ended." in act(alice, session, "mode", mode="apart")
    assert "The session is deleted." in act(alice, session, "delete")
    assert TeamSession.objects.count() == 0


def test_the_summary_says_what_came_out(
    bob: Person, vic: Person, session: TeamSession, pictures: list[Image]
):
    url = f"/sessions/{session.pk}/summary/"
    assert "There is no verdict yet." in vic.browser.get(url).content.decode()
    review(pictures[0].pk, "approve", actor=bob.actor)
    review(pictures[1].pk, "reject", actor=bob.actor, comment="<Too dark>")

    shown = vic.browser.get(url).content.decode()

    assert '<dd data-part="done">2</dd>' in shown
    assert '<dd data-part="reject">1</dd>' in shown
    assert "&lt;Too dark&gt;" in shown
    assert f'href="/api/v1/sessions/{session.pk}/summary?format=csv"' in shown
    assert '<rect class="segment-1" x="50.0" width="50.0" height="12" />' in shown
