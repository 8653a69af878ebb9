"""What people are told: bundled, never of what they did themselves, read and unread, by mail only where they ask for it."""

import json
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db.models import Q
from django.db.models.functions import Now

from annotations.actions.apply_edits import apply_edits
from annotations.actions.review import review
from datasets.models import Dataset, Image
from modelship.accounts.actions import change_member
from modelship.jobs.actions import enqueue
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from modelship.lib.clock import now
from modelship.notices import jobs
from modelship.notices.actions import MAIL, News, choose_mail, mark_read, notify
from modelship.notices.models import Notice
from tests.datasets.seeded import seed_images
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(dataset: Dataset) -> Image:
    return seed_images(dataset, {})[0]


@pytest.fixture
def mails(settings: Any) -> list[Any]:
    settings.MODELSHIP_EMAIL_URL = "smtp://mail.example"
    settings.MODELSHIP_ORIGINS = ["https://labels.example"]
    return mail.outbox


def send(person: Person, verb: str, path: str, body: Any = None) -> Any:
    return getattr(person.api, verb)(f"/api/v1/{path}", json.dumps(body), content_type="application/json")


def told(person: Person, **query: str) -> list[tuple[str, str, int]]:
    rows = person.api.get("/api/v1/notifications", query).json()["results"]
    return [(row["kind"], row["text"], row["count"]) for row in rows]


def unread(person: Person) -> int:
    return person.api.get("/api/v1/notifications").json()["unread"]


def begin(person: Person, image: Image, text: str, *named: Person) -> str:
    body = {
        "anchor": {"kind": "picture"},
        "text": text,
        "mentions": [str(one.user.id) for one in named],
    }
    answer = send(person, "post", f"images/{image.id}/threads", body)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def answer(person: Person, thread: str, text: str, *named: Person) -> None:
    body = {"text": text, "mentions": [str(one.user.id) for one in named]}
    assert send(person, "post", f"threads/{thread}/comments", body).status_code == 201


def run_mail() -> list[str]:
    """Run what is queued, whenever it is due; returns how the jobs ended."""
    Job.objects.filter(kind=MAIL, state="queued").update(run_at=Now())
    run_queued([MAIL])
    return list(Job.objects.filter(kind=MAIL).order_by("created_at").values_list("state", flat=True))


def test_who_is_named_and_who_takes_part_is_told_once_each(
    ann: Person, bob: Person, alice: Person, vic: Person, image: Image
):
    thread = begin(ann, image, "Is this a boat?", bob, ann)
    answer(bob, thread, "Yes.\nI am sure.")
    answer(bob, thread, "Look, Alice.", alice)
    answer(bob, thread, "Alice?", alice)

    assert told(bob) == [("mention", "Ann named you on 0.png: Is this a boat?", 1)]
    assert told(ann) == [("answer", "Bob answered on 0.png: Alice?", 3)]
    assert told(alice) == [("mention", "Bob named you on 0.png: Alice?", 2)]
    assert told(vic) == []
    row = ann.api.get("/api/v1/notifications").json()["results"][0]
    assert (row["url"], row["subject"]) == (f"/images/{image.id}/?thread={thread}", f"thread:{thread}")


def test_what_was_read_is_read_and_what_comes_after_is_new(ann: Person, bob: Person, image: Image):
    thread = begin(ann, image, "Is this a boat?")
    answer(bob, thread, "Yes.")
    marked = send(ann, "post", "notifications/read", {"subject": f"thread:{thread}"}).json()
    answer(bob, thread, "No.")
    ids = [row["id"] for row in ann.api.get("/api/v1/notifications?unread=true").json()["results"]]
    others = send(bob, "post", "notifications/read", {"ids": ids}).json()

    assert marked == {"marked": 1, "unread": 0}
    assert told(ann) == [
        ("answer", "Bob answered on 0.png: No.", 1),
        ("answer", "Bob answered on 0.png: Yes.", 1),
    ]
    assert told(ann, unread="true") == [("answer", "Bob answered on 0.png: No.", 1)]
    assert others == {"marked": 0, "unread": 0}
    assert (unread(ann), send(ann, "post", "notifications/read", {"all": True}).json()["unread"]) == (1, 0)


@pytest.mark.parametrize("body", [{}, {"all": False}, {"ids": []}, {"ids": ["x"]}, {"all": True, "ids": []}])
def test_what_marks_nothing_is_refused(body: Any, ann: Person):
    assert send(ann, "post", "notifications/read", body).status_code == 400


def test_a_deleted_thread_is_told_no_longer(ann: Person, bob: Person, image: Image):
    thread = begin(ann, image, "Bob?", bob)
    assert unread(bob) == 1

    send(ann, "delete", f"threads/{thread}")

    assert (told(bob), unread(bob)) == ([], 0)


def test_given_pictures_are_told_together_and_taken_ones_are_not(
    alice: Person, ann: Person, bob: Person, dataset: Dataset
):
    seed_images(dataset, *({} for _ in range(3)))
    value = {"purpose": "label", "people": [str(ann.user.id)]}
    bulk = f"datasets/{dataset.id}/bulk"
    send(alice, "post", bulk, {"action": "assign", "filter": {}, "value": value})
    send(bob, "post", bulk, {"action": "take", "filter": {}, "value": {"purpose": "review"}})

    assert told(ann) == [("assigned", "Alice gave you pictures to label in North quay.", 3)]
    assert (told(bob), told(alice)) == ([], [])


def test_authors_are_told_that_their_picture_was_sent_back_and_approved(
    ann: Person, bob: Person, image: Image
):
    patch = {"class_id": None, "x": 1, "y": 1, "w": 9, "h": 9}
    edit = {"op_id": str(uuid4()), "kind": "add", "box_id": str(uuid4()), "patch": patch}
    apply_edits(image.id, [edit], actor=ann.actor)

    review(image.id, "submit", actor=ann.actor)
    review(image.id, "reject", actor=bob.actor, comment="The crane is missing.")
    review(image.id, "approve", actor=bob.actor)
    review(image.id, "approve", actor=bob.actor)

    assert sorted(told(ann)) == [
        ("approved", "Bob approved 0.png.", 1),
        ("sent_back", "Bob sent back 0.png: The crane is missing.", 1),
    ]
    assert told(bob) == []


def test_who_started_a_job_is_told_that_it_failed(alice: Person, ann: Person, dataset: Dataset):
    job, _ = enqueue(
        "export", tenant=ann.tenant, args={"export": str(uuid4())}, actor=ann.actor, title="Export"
    )

    run_queued(["export"])

    assert told(ann) == [("job_failed", "Export: this job failed.", 1)]
    assert ann.api.get("/api/v1/notifications").json()["results"][0]["url"] == f"/jobs/{job.id}/"
    assert told(alice) == []


def test_nobody_gets_mail_who_has_not_asked_for_it(ann: Person, bob: Person, image: Image, mails: list[Any]):
    begin(ann, image, "Bob?", bob)

    assert bob.api.get("/api/v1/notifications/settings").json() == {"mail": "none", "pace": "soon"}
    assert (run_mail(), mails) == ([], [])


def test_what_happens_within_minutes_goes_in_one_mail_with_one_link(
    ann: Person, bob: Person, image: Image, mails: list[Any]
):
    assert send(bob, "put", "notifications/settings", {"mail": "all"}).json()["pace"] == "soon"
    thread = begin(ann, image, "Bob?\nLook.", bob)
    answer(bob, thread, "What?")
    answer(ann, thread, "This.")
    due = Job.objects.get(kind=MAIL).run_at - now()

    assert timedelta(seconds=60) < due <= timedelta(seconds=120)
    assert run_mail() == ["succeeded"]
    [sent] = mails
    assert (sent.to, sent.subject) == (["bob@example.com"], "2 things to look at in Acme")
    assert sent.body.splitlines()[:4] == [
        "- Ann named you on 0.png: Bob? Look.",
        "- Ann answered on 0.png: This.",
        "",
        "https://labels.example/notifications/",
    ]
    assert sent.body.count("https://") == 1
    assert run_mail() == ["succeeded"]
    answer(ann, thread, "And this.")
    assert run_mail() == ["succeeded", "succeeded"]
    assert mails[1].subject == "Ann answered on 0.png: And this."
    assert len(mails) == 2


def test_only_being_named_goes_by_mail_where_that_was_chosen(
    ann: Person, bob: Person, image: Image, mails: list[Any]
):
    choose_mail(bob.actor, mail="mentions", pace="daily")
    thread = begin(bob, image, "A boat.")
    answer(ann, thread, "No.")
    assert not Job.objects.filter(kind=MAIL).exists()
    answer(ann, thread, "Bob!", bob)
    due = Job.objects.get(kind=MAIL).run_at

    assert (due.hour, due.minute) == (6, 0)
    assert now() < due <= now() + timedelta(days=1)
    assert run_mail() == ["succeeded"]
    assert [one.subject for one in mails] == ["Ann named you on 0.png: Bob!"]


def test_what_was_read_meanwhile_and_who_has_left_get_no_mail(
    ann: Person, bob: Person, alice: Person, image: Image, mails: list[Any]
):
    for person in (ann, bob):
        choose_mail(person.actor, mail="all", pace="soon")
    begin(alice, image, "Both?", ann, bob)

    mark_read(ann.actor, Q())
    change_member(alice.actor, bob.user.id, is_active=False)

    assert run_mail() == ["succeeded", "succeeded"]
    assert mails == []
    news = News("answer", "thread:x", "Hello.", "/")
    notify(alice.tenant, [bob.user.id, alice.user.id], news, by=alice.user.id)
    assert not Notice.objects.filter(subject="thread:x").exists()


def test_a_mail_server_that_is_away_is_asked_again(
    ann: Person, bob: Person, image: Image, mails: list[Any], settings: Any
):
    choose_mail(bob.actor, mail="all", pace="soon")
    begin(ann, image, "Bob?", bob)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    assert run_mail() == ["queued"]

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert run_mail() == ["succeeded"]
    assert len(mails) == 1


class Postbox(socketserver.StreamRequestHandler):
    """A mail server, as far as one letter needs one."""

    def handle(self) -> None:
        self.say("220 postbox")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "DATA":
                self.say("354 go on")
                letter = []
                while (part := self.rfile.readline().decode()).strip() != ".":
                    letter.append(part)
                self.server.letters.append("".join(letter))
            self.say("221 bye" if word == "QUIT" else "250 ok")
            if word == "QUIT":
                return

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@pytest.fixture
def postbox() -> Iterator[Any]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Postbox) as server:
        server.letters = []
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_real_mail_server_gets_plain_text(
    ann: Person, bob: Person, image: Image, mails: list[Any], postbox: Any, settings: Any
):
    choose_mail(bob.actor, mail="all", pace="soon")
    begin(ann, image, "Ein Böot?", bob)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = postbox.server_address

    assert run_mail() == ["succeeded"]

    [letter] = postbox.letters
    assert "To: bob@example.com" in letter
    assert 'Content-Type: text/plain; charset="utf-8"' in letter
    assert "https://labels.example/notifications/" in letter


def test_the_link_of_a_mail_needs_no_origin_that_was_set(settings: Any):
    settings.MODELSHIP_ORIGINS = []

    assert jobs.site() == "http://127.0.0.1:8000"


def test_the_page_shows_marks_and_leads_on(ann: Person, bob: Person, charlie: Person, image: Image):
    thread = begin(ann, image, "<b>Bob</b>?", bob)
    notice = Notice.objects.get(user=bob.user)
    page = bob.browser.get("/notifications/").content.decode()
    home = bob.browser.get("/projects/").content.decode()
    led = bob.browser.get(f"/notifications/{notice.pk}/")

    assert "&lt;b&gt;Bob&lt;/b&gt;" in page
    assert 'aria-label="Notifications, 1 unread"' in home
    assert (led.status_code, led["Location"]) == (302, f"/images/{image.id}/?thread={thread}")
    assert unread(bob) == 0
    assert "Nothing unread" in bob.browser.get("/notifications/?show=unread").content.decode()
    for person in (ann, charlie):
        assert person.browser.get(f"/notifications/{notice.pk}/").status_code == 404


def test_mail_is_chosen_on_the_page_where_there_is_a_server(bob: Person, mails: list[Any], settings: Any):
    chosen = bob.browser.post("/notifications/mail/", {"mail": "mentions", "pace": "daily"})
    refused = bob.browser.post("/notifications/mail/", {"mail": "some", "pace": "daily"})
    offered = bob.browser.get("/notifications/").content.decode()
    settings.MODELSHIP_EMAIL_URL = ""

    assert (chosen.status_code, refused.status_code) == (302, 400)
    assert bob.api.get("/api/v1/notifications/settings").json() == {"mail": "mentions", "pace": "daily"}
    assert 'value="mentions" selected' in offered
    assert "This server sends no mail." in bob.browser.get("/notifications/").content.decode()


def test_what_was_read_long_ago_is_forgotten(ann: Person, bob: Person, image: Image):
    begin(ann, image, "Bob?", bob)
    Notice.objects.update(read_at=now() - timedelta(days=91))

    send(bob, "post", "notifications/read", {"all": True})

    assert not Notice.objects.exists()
