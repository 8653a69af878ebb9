"""Texts of a dataset: added, classified, judged by people, exported."""

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from inference import language_jobs
from inference.models import Text
from modelship.audit.models import AuditEntry
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.inference.language.conftest import *  # noqa: F403

pytestmark = pytest.mark.django_db
RECORDS = [
    {"key": "m1", "text": "The boat is late."},
    {"key": "m2", "text": "The crane stands still."},
    {"key": "m3", "text": "=HYPERLINK(boat)"},
]


def url(dataset, path="") -> str:
    return f"/api/v1/datasets/{dataset.id}/texts{path}"


def send(person, address, **body):
    return person.api.post(address, body, content_type="application/json")


def listed(person, dataset, query="") -> list[dict]:
    return person.api.get(url(dataset) + query).json()["results"]


def classify(person, dataset, **body) -> Job:
    answer = send(person, f"/api/v1/datasets/{dataset.id}/classify", **{"texts": {}, **body})
    assert answer.status_code == 202, answer.content
    run_queued()
    return Job.objects.get(id=answer.json()["job"]["id"])


def review(person, text, action, **more):
    return send(person, f"/api/v1/texts/{text['id']}/review", action=action, **more)


@pytest.fixture
def texts(alice, dataset) -> list[dict]:
    answer = send(alice, url(dataset), texts=RECORDS)
    assert answer.status_code == 201, answer.content
    return listed(alice, dataset)


def test_texts_come_in_once_by_their_keys(alice, dataset, texts):
    again = send(
        alice, url(dataset), texts=[{"key": "m2", "text": "changed"}, "without a key", "without a key"]
    )

    assert again.json() == {"created": 2, "duplicates": 1}
    assert [(text["ordinal"], text["key"]) for text in listed(alice, dataset)] == [
        (1, "m1"),
        (2, "m2"),
        (3, "m3"),
        (4, None),
        (5, None),
    ]
    assert Text.objects.get(key="m2").text == "The crane stands still."


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", "one\n\ntwo\r\n".encode("utf-8-sig")),
        ("a.csv", b'id,text,Key\n7,"one",k1\n8,two,\n'),
        ("a.json", b'["one", {"text": "two"}]'),
        ("a.json", b'{"texts": ["one", "two"]}'),
        ("a.jsonl", b'{"text": "one", "key": "k"}\n"two"\n'),
    ],
)
def test_files_of_all_kinds_are_read(alice, dataset, name, data):
    answer = alice.api.post(url(dataset), {"file": SimpleUploadedFile(name, data)})

    assert answer.json() == {"created": 2, "duplicates": 0}
    assert [text["text"] for text in listed(alice, dataset)] == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("a.xlsx", b"PK", 415),
        ("a.txt", b"caf\xe9", 400),
        ("a.txt", b"\n\n", 400),
        ("a.txt", b"a\x00b", 400),
        ("a.csv", b"body\nx\n", 400),
        ("a.csv", b"text\n" + b"x" * 20_001, 400),
        ("a.csv", b'text\n"' + b"x" * 200_000 + b'"\n', 400),
        ("a.json", b'[{"text": "a", "label": "x"}]', 400),
        ("a.json", b'[{"text": "a", "key": "k"}, {"text": "b", "key": "k"}]', 400),
        ("a.jsonl", b"{not json}\n", 400),
        ("a.txt", b"x\n" * 10_001, 413),
    ],
)
def test_a_file_with_anything_wrong_brings_nothing_in(alice, dataset, name, data, status):
    answer = alice.api.post(url(dataset), {"file": SimpleUploadedFile(name, data)})

    assert answer.status_code == status, answer.content
    assert Text.objects.count() == 0


def test_a_run_proposes_and_people_decide(alice, bob, dataset, endpoint, texts, reachable):
    job = classify(alice, dataset)

    assert (job.state, job.result["texts"], len(reachable.asked)) == ("succeeded", 3, 1)
    first, second, third = listed(alice, dataset)
    assert (first["state"], first["predicted_label"], first["confidence"], first["source"]) == (
        "proposed",
        "boat",
        0.8,
        "ai",
    )
    assert first["model"] == "Local (tiny-1)"

    answers = [
        review(bob, first, "accept"),
        review(bob, second, "relabel", label="buoy"),
        review(bob, third, "reject"),
    ]

    assert [answer.status_code for answer in answers] == [200] * 3
    shown = [(text["state"], text["label"], text["source"]) for text in listed(alice, dataset)]
    assert shown == [
        ("accepted", "boat", "human"),
        ("accepted", "buoy", "human"),
        ("rejected", None, "human"),
    ]
    assert answers[1].json()["reviewed_by"] == {"id": str(bob.user.id), "name": "Bob"}
    entries = AuditEntry.objects.filter(verb="text.reviewed").order_by("number")
    assert [entry.facts["action"] for entry in entries] == ["accept", "relabel", "reject"]


def test_what_was_reviewed_is_never_overwritten(alice, dataset, endpoint, texts, reachable):
    classify(alice, dataset)
    review(alice, texts[0], "relabel", label="buoy")
    review(alice, texts[1], "reject")

    job = classify(alice, dataset, options=["boat", "ferry"], cache=False)

    assert job.result["texts"] == 1
    assert [(text["state"], text["label"]) for text in listed(alice, dataset)] == [
        ("accepted", "buoy"),
        ("rejected", None),
        ("proposed", "boat"),
    ]
    assert [len(items) for items in reachable.items_asked()] == [3, 1]


def test_a_text_that_is_judged_while_it_is_asked_about_stays(
    alice, dataset, endpoint, texts, reachable, monkeypatch
):
    written = language_jobs._propose

    def judged_meanwhile(*args):
        Text.objects.filter(key="m1").update(state="accepted", label="buoy")
        return written(*args)

    monkeypatch.setattr(language_jobs, "_propose", judged_meanwhile)

    job = classify(alice, dataset)

    assert (job.state, job.result["texts"]) == ("succeeded", 2)
    assert Text.objects.get(key="m1").label == "buoy"


def test_a_judgement_is_taken_back(alice, dataset, endpoint, texts):
    classify(alice, dataset)
    review(alice, texts[0], "relabel", label="buoy")

    answer = review(alice, texts[0], "reopen").json()

    assert (answer["state"], answer["label"], answer["reviewed_by"]) == ("proposed", "boat", None)


@pytest.mark.parametrize(
    ("action", "more", "status"),
    [
        ("accept", {}, 409),
        ("reject", {}, 409),
        ("relabel", {}, 400),
        ("accept", {"label": "boat"}, 400),
        ("approve", {}, 400),
        ("relabel", {"label": "x" * 201}, 400),
    ],
)
def test_a_judgement_that_makes_no_sense_changes_nothing(alice, texts, action, more, status):
    answer = review(alice, texts[0], action, **more)

    assert answer.status_code == status, answer.content
    assert Text.objects.get(key="m1").state == "new"


def test_the_least_sure_come_first_and_the_sure_are_accepted_together(alice, dataset, endpoint, texts):
    classify(alice, dataset)
    for key, confidence in (("m1", 0.95), ("m2", 0.3), ("m3", 0.9)):
        Text.objects.filter(key=key).update(confidence=confidence)
    order = [text["key"] for text in listed(alice, dataset, "?state=proposed&order=uncertainty&limit=2")]

    answer = send(alice, url(dataset, "/accept"), min_confidence=0.9)

    assert order == ["m2", "m3"]
    assert answer.json() == {"accepted": 2}
    assert alice.api.get(url(dataset)).json()["counts"] == {
        "all": 3,
        "new": 0,
        "proposed": 1,
        "accepted": 2,
        "rejected": 0,
    }


def test_the_estimate_counts_requests_of_several_texts(alice, dataset, endpoint, texts, reachable):
    endpoint.texts_per_request = 2
    endpoint.save()

    answer = send(alice, f"/api/v1/datasets/{dataset.id}/classify/estimate", texts={"state": "new"})

    assert (answer.json()["texts"], answer.json()["requests"]) == (3, 2)
    assert reachable.asked == []


def test_an_export_of_the_reviewed_comes_back_as_it_was(alice, dataset, endpoint, texts):
    classify(alice, dataset)
    for text in texts[1:]:
        review(alice, text, "accept")

    answer = alice.api.get(url(dataset, "/export"))
    as_json = alice.api.get(url(dataset, "/export?format=json"))

    data = b"".join(answer.streaming_content)
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert [(row["key"], row["label"], row["reviewed_by"]) for row in rows] == [
        ("m2", "crane", "Alice"),
        ("m3", "boat", "Alice"),
    ]
    assert rows[1]["text"] == "'=HYPERLINK(boat)"
    exported = json.loads(b"".join(as_json.streaming_content))["texts"]
    assert [text["text"] for text in exported] == [record["text"] for record in RECORDS[1:]]
    Text.objects.all().delete()
    alice.api.post(url(dataset), {"file": SimpleUploadedFile("texts.csv", data)})
    assert [text["text"] for text in listed(alice, dataset)] == [record["text"] for record in RECORDS[1:]]


def test_who_may_only_look_changes_nothing(vic, ann, dataset, texts):
    answers = [
        send(vic, url(dataset), texts=["x"]),
        send(ann, url(dataset), texts=["x"]),
        review(vic, texts[0], "relabel", label="x"),
        send(vic, url(dataset, "/accept"), min_confidence=0),
        ann.api.delete(f"/api/v1/texts/{texts[0]['id']}"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert list(Text.objects.values_list("state", flat=True)) == ["new"] * 3


def test_a_stranger_neither_reads_nor_classifies_nor_judges_them(charlie, dataset, texts, reachable):
    make_endpoint(charlie, reachable)  # noqa: F405
    project = send(charlie, "/api/v1/projects", name="Mine").json()["id"]
    own = send(charlie, "/api/v1/datasets", name="Mine", project=project, kind="table").json()["id"]
    asked = {"options": ["a", "b"], "texts": [texts[0]["id"]]}

    answers = [
        charlie.api.get(url(dataset)),
        charlie.api.get(url(dataset, "/export")),
        charlie.api.get(f"/api/v1/texts/{texts[0]['id']}"),
        review(charlie, texts[0], "relabel", label="x"),
        send(charlie, f"/api/v1/datasets/{dataset.id}/classify", **asked),
        send(charlie, f"/api/v1/datasets/{own}/classify", **asked),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert Text.objects.get(key="m1").state == "new"
    assert reachable.asked == []
