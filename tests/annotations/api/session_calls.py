"""What people in a team session ask for over REST."""

from typing import Any

from datasets.models import Dataset
from tests.people import Person


def call(person: Person, verb: str, path: str, status: int = 200, **body: Any) -> Any:
    send = getattr(person.api, verb)
    url = f"/api/v1/{path}"
    answer = send(url) if verb == "get" else send(url, body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


def begin(person: Person, dataset: Dataset, *people: Person, **body: Any) -> str:
    wish = {"name": "Friday", "people": [str(one.user.id) for one in people], **body}
    return call(person, "post", f"datasets/{dataset.id}/sessions", 201, **wish)["session"]["id"]


def joined(session: str, *people: Person) -> None:
    for person in people:
        call(person, "post", f"sessions/{session}/join")


def given(person: Person, session: str, **body: Any) -> str | None:
    """The name of the picture that somebody is handed."""
    image = call(person, "post", f"sessions/{session}/next", **body)["image"]
    return image["filename"] if image else None


def code_of(person: Person, verb: str, path: str, status: int, **body: Any) -> str:
    return call(person, verb, path, status, **body)["code"]


def apart(bob: Person, dataset: Dataset, *people: Person) -> str:
    session = begin(bob, dataset, *people, mode="apart")
    joined(session, *people)
    return session
