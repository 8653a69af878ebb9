"""Team sessions over REST: who may do what, everybody's next picture, verdicts wherever they are taken, what came out."""

from datetime import timedelta
from uuid import uuid4

import pytest

from annotations.actions.review import review
from annotations.models import SessionEvent, SessionPerson, SessionPicture, TeamSession
from datasets.models import Dataset, Image
from modelship.lib.clock import now
from modelship.notices.models import Notice
from tests.annotations.api.session_calls import apart, begin, call, code_of, given, joined
from tests.annotations.conftest import MakePicture
from tests.people import Person, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def pictures(make_picture: MakePicture) -> list[Image]:
    return [make_picture() for _ in range(4)]


@pytest.fixture
def rita(alice: Person) -> Person:
    return make_person("Rita", alice.tenant, "reviewer")


def test_it_begins_on_what_a_search_finds_in_its_order(bob: Person, dataset: Dataset, pictures: list[Image]):
    first = begin(bob, dataset, q="2.png", order="newest")
    own = str(uuid4())
    second = begin(bob, dataset, order="newest", id=own)
    again = call(bob, "post", f"datasets/{dataset.id}/sessions", 200, name="Friday", id=own)

    assert call(bob, "get", f"sessions/{first}")["progress"]["total"] == 1
    names = SessionPicture.objects.filter(session=second).order_by("ordinal")
    assert list(names.values_list("image__filename", flat=True)) == ["4.png", "3.png", "2.png", "1.png"]
    assert again["session"] == call(bob, "get", f"sessions/{own}")["session"]
    assert again["session"] | {"begun_at": ""} == {
        "id": own,
        "dataset": str(dataset.id),
        "name": "Friday",
        "q": "",
        "order": "newest",
        "mode": "together",
        "state": "open",
        "leader": {"id": str(bob.user.id), "name": "Bob"},
        "image": None,
        "created_by": str(bob.user.id),
        "begun_at": "",
        "ended_at": None,
    }
    assert again["people"] == [
        {"user": {"id": str(bob.user.id), "name": "Bob"}, "part": "judges", "state": "joined"}
    ]
    listed = call(bob, "get", f"datasets/{dataset.id}/sessions?state=open")["results"]
    assert [(one["id"], one["progress"]) for one in listed] == [
        (second, {"total": 4, "done": 0}),
        (first, {"total": 1, "done": 0}),
    ]
    assert call(bob, "get", f"datasets/{dataset.id}/sessions?state=ended")["results"] == []


def test_what_can_t_begin_begins_nothing(
    bob: Person, charlie: Person, alice: Person, dataset: Dataset, pictures: list[Image]
):
    path = f"datasets/{dataset.id}/sessions"
    taken = begin(alice, dataset)

    assert code_of(bob, "post", path, 422, name="a", q="nowhere") == "nothing_found"
    assert code_of(bob, "post", path, 400, name="a", q="shape:") == "bad_search"
    assert code_of(bob, "post", path, 400, name=" ") == "malformed"
    assert code_of(bob, "post", path, 400, name="a", order="due") == "malformed"
    assert code_of(bob, "post", path, 400, name="a", leader="x") == "unknown_field"
    assert code_of(bob, "post", path, 422, name="a", people=[str(charlie.user.id)]) == "not_a_member"
    assert code_of(bob, "post", path, 409, name="a", id=taken) == "exists"
    assert TeamSession.objects.count() == 1
    assert Notice.objects.count() == 0


def test_each_role_may_do_its_part(
    alice: Person,
    bob: Person,
    ann: Person,
    vic: Person,
    rita: Person,
    dataset: Dataset,
    pictures: list[Image],
):
    wish = {"name": "Mine"}
    for person in (ann, vic):
        assert code_of(person, "post", f"datasets/{dataset.id}/sessions", 403, **wish) == "forbidden"
    session = begin(bob, dataset, ann, vic)
    assert code_of(rita, "post", f"sessions/{session}/join", 403) == "not_invited"
    joined(session, ann, vic, alice)
    for person in (ann, rita):
        people = [str(rita.user.id)]
        assert code_of(person, "post", f"sessions/{session}/people", 403, people=people) == "forbidden"
        assert code_of(person, "patch", f"sessions/{session}", 403, mode="apart") == "forbidden"
        assert code_of(person, "delete", f"sessions/{session}", 403) == "forbidden"
    assert code_of(ann, "post", f"sessions/{session}/lead", 403, image=str(pictures[0].id)) == "forbidden"
    assert code_of(bob, "patch", f"sessions/{session}", 422, leader=str(ann.user.id)) == "cannot_lead"
    call(bob, "patch", f"sessions/{session}", mode="apart")
    assert code_of(vic, "post", f"sessions/{session}/next", 403) == "forbidden"
    assert code_of(rita, "post", f"sessions/{session}/next", 403) == "not_joined"

    stands = call(vic, "get", f"sessions/{session}")
    assert [(one["user"]["name"], one["part"], one["state"]) for one in stands["people"]] == [
        ("Bob", "judges", "joined"),
        ("Ann", "submits", "joined"),
        ("Vic", "watches", "joined"),
        ("Alice", "judges", "joined"),
    ]
    assert stands["session"]["leader"]["name"] == "Bob"
    # Who manages the project changes it all the same.
    assert call(alice, "patch", f"sessions/{session}", name="Hers")["session"]["name"] == "Hers"
    call(alice, "delete", f"sessions/{session}", 204)
    assert TeamSession.objects.count() == 0
    assert Notice.objects.count() == 0


def test_the_invited_are_told_once(bob: Person, ann: Person, dataset: Dataset, pictures: list[Image]):
    session = begin(bob, dataset, ann)

    for _ in range(2):
        call(bob, "post", f"sessions/{session}/people", people=[str(ann.user.id), str(bob.user.id)])

    notice = Notice.objects.get()
    assert (notice.user, notice.kind, notice.count, notice.path) == (
        ann.user,
        "invited",
        1,
        f"/sessions/{session}/",
    )
    assert notice.text == "Bob invited you to review North quay together: Friday"
    joined(session, ann)
    joined(session, ann)
    assert list(SessionEvent.objects.values_list("body__what", flat=True)) == ["came"]


def test_verdicts_count_wherever_they_are_taken_by_those_who_take_part(
    bob: Person, rita: Person, ann: Person, dataset: Dataset, pictures: list[Image]
):
    session = begin(bob, dataset, rita, ann)
    joined(session, ann)
    one, two, three, four = (image.pk for image in pictures)

    review(one, "submit", actor=ann.actor)
    review(one, "approve", actor=bob.actor)
    review(two, "reject", actor=bob.actor, comment="Too dark.")
    # Invited is not yet here.
    review(three, "approve", actor=rita.actor)
    review(four, "approve", actor=bob.actor)
    review(four, "approve", actor=bob.actor)
    review(four, "reopen", actor=bob.actor)

    progress = call(bob, "get", f"sessions/{session}")["progress"]
    assert progress == {
        "total": 4,
        "done": 2,
        "verdicts": {"approve": 1, "reject": 1, "submit": 0, "skip": 0},
        "people": {str(bob.user.id): {"approve": 1, "reject": 1, "submit": 0, "skip": 0}},
    }
    told = SessionEvent.objects.order_by("seq").values_list("body__what", "body__verdict", "body__by__name")
    assert list(told) == [
        ("came", None, "Ann"),
        ("verdict", "submit", "Ann"),
        ("verdict", "approve", "Bob"),
        ("verdict", "reject", "Bob"),
        ("verdict", "approve", "Bob"),
        ("verdict", None, "Bob"),
    ]


def test_an_old_state_with_the_events_since_is_the_new_state(
    alice: Person, bob: Person, rita: Person, ann: Person, dataset: Dataset, pictures: list[Image]
):
    session = begin(bob, dataset, rita)
    states = [call(bob, "get", f"sessions/{session}")]

    def look() -> None:
        states.append(call(bob, "get", f"sessions/{session}"))

    for step in (
        lambda: joined(session, rita),
        lambda: call(bob, "post", f"sessions/{session}/lead", image=str(pictures[2].id)),
        lambda: call(bob, "post", f"sessions/{session}/people", people=[str(ann.user.id)]),
        lambda: review(pictures[2].pk, "approve", actor=rita.actor),
        lambda: call(bob, "patch", f"sessions/{session}", name="Late", mode="apart"),
        lambda: given(rita, session, skip=[str(pictures[0].id)]),
        lambda: call(bob, "post", f"sessions/{session}/leave"),
        lambda: call(rita, "patch", f"sessions/{session}", leader=str(rita.user.id)),
        lambda: call(rita, "patch", f"sessions/{session}", state="ended"),
    ):
        step()
        look()

    events = [row.body for row in SessionEvent.objects.order_by("seq")]
    for old in states:
        folded = dict(old)
        for event in events:
            if event["seq"] > old["seq"]:
                folded |= {**event["state"], "seq": event["seq"]}
        assert folded == states[-1]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def test_who_leads_shows_pictures_hands_over_and_can_be_relieved(
    bob: Person, rita: Person, ann: Person, dataset: Dataset, pictures: list[Image], make_picture: MakePicture
):
    session = begin(bob, dataset, rita, ann)
    joined(session, rita, ann)
    first, elsewhere = str(pictures[0].id), str(make_picture().id)
    mine = {"leader": str(rita.user.id)}

    for _ in range(2):
        assert call(bob, "post", f"sessions/{session}/lead", image=first)["session"]["image"] == first
    assert code_of(bob, "post", f"sessions/{session}/lead", 422, image=elsewhere) == "unknown"
    assert code_of(bob, "post", f"sessions/{session}/next", 409) == "not_apart"
    assert code_of(rita, "patch", f"sessions/{session}", 403, **mine) == "forbidden"
    # Two minutes without a sign of life, or leaving, and another one may.
    SessionPerson.objects.filter(user=bob.user).update(seen_at=now() - timedelta(minutes=3))
    assert code_of(ann, "patch", f"sessions/{session}", 422, leader=str(ann.user.id)) == "cannot_lead"
    assert call(rita, "patch", f"sessions/{session}", **mine)["session"]["leader"]["name"] == "Rita"
    call(rita, "patch", f"sessions/{session}", leader=str(bob.user.id))
    call(bob, "post", f"sessions/{session}/leave")
    assert call(rita, "get", f"sessions/{session}")["session"]["leader"] is None
    assert call(rita, "patch", f"sessions/{session}", **mine)["session"]["leader"]["name"] == "Rita"
    told = SessionEvent.objects.order_by("seq").values_list("body__what", flat=True)
    assert list(told) == ["came", "came", "led", "changed", "changed", "went", "changed"]


def test_an_ended_session_takes_nothing_more(
    bob: Person, rita: Person, dataset: Dataset, pictures: list[Image]
):
    session = apart(bob, dataset, rita)
    given(bob, session)
    for _ in range(2):
        ended = call(bob, "patch", f"sessions/{session}", state="ended")
    before = list(SessionPicture.objects.values())

    for path, body in (
        ("people", {"people": [str(rita.user.id)]}),
        ("join", {}),
        ("leave", {}),
        ("next", {"skip": [str(pictures[0].id)]}),
        ("lead", {"image": str(pictures[0].id)}),
    ):
        assert code_of(bob, "post", f"sessions/{session}/{path}", 409, **body) == "session_ended", path
    assert code_of(bob, "patch", f"sessions/{session}", 409, name="x") == "session_ended"
    review(pictures[0].pk, "approve", actor=bob.actor)
    assert call(bob, "get", f"sessions/{session}") == ended
    after = [row | {"holder_id": None, "held_until": None} for row in before]
    assert [row | {"holder_id": None, "held_until": None} for row in SessionPicture.objects.values()] == after


def test_it_is_another_tenant_s_and_stale_changes_are_refused(
    bob: Person, charlie: Person, dataset: Dataset, pictures: list[Image]
):
    session = begin(bob, dataset)
    url = f"/api/v1/sessions/{session}"

    for path in ("", "/summary"):
        assert call(charlie, "get", f"sessions/{session}{path}", 404)["code"] == "not_found"
    stale = bob.api.patch(url, {"mode": "apart"}, "application/json", headers={"if-match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert TeamSession.objects.get().mode == "together"
