"""Conversations in our own files: they come back with their ids, and nobody's mouth is borrowed without a mark."""

import json
from typing import Any
from uuid import UUID

import pytest

from annotations.actions import import_threads
from annotations.actions import threads as actions
from annotations.actions.review import review
from annotations.anchors import Anchor
from annotations.models import Box, Comment, Mention, Thread
from annotations.thread_export_queries import mark_of
from annotations.thread_queries import thread_dicts
from datasets.models import Dataset, Image
from modelship.audit.models import AuditEntry
from modelship.jobs import lease
from modelship.jobs.runner import run, run_queued
from modelship.notices.models import Notice
from tests.annotations.api.importing import KINDS, Interrupted, checked, imported, job_of, send, shown
from tests.annotations.api.worlds import draw, exported, picture
from tests.people import Person

pytestmark = pytest.mark.django_db


def talk(alice: Person, bob: Person, image: Image) -> list[Thread]:
    """A resolved thread on a box in which Bob is addressed and answers, and an open one at a point."""
    box = UUID(draw(alice, image))
    first, _ = actions.open_thread(
        alice.actor, image, Anchor("box", box_id=box), text="Is it one, @Bob?", mentions=[bob.user.id]
    )
    actions.reply(bob.actor, first, text="Yes. ⚓")
    actions.settle(bob.actor, first, is_open=False)
    second, _ = actions.open_thread(bob.actor, image, Anchor("point", (5.0, 6.5, 0.0, 0.0)), text="And this?")
    return [first, second]


def told(dataset: Dataset, *without: str) -> list[dict[str, Any]]:
    """The threads of the dataset as everybody reads them, without what is another picture's or counts changes."""
    rows = Thread.objects.filter(image__dataset=dataset).select_related("image").order_by("image", "number")
    left_out = ("image", "dataset", "seq", "revision", *without)
    found = [{key: row[key] for key in row if key not in left_out} for row in thread_dicts(list(rows))]
    for row in found:
        row["comments"] = [{key: one[key] for key in one if key != "imported"} for one in row["comments"]]
    return found


def twin_of(alice: Person, image: Image, name: str = "Twin") -> Dataset:
    """Another dataset with the same picture and nothing on it."""
    project = image.dataset.project
    twin = Dataset.objects.create(tenant=alice.tenant, project=project, name=name, created_by=alice.user)
    copy = Image.objects.get(pk=image.pk)
    copy.pk, copy.dataset, copy.state, copy.box_count, copy.proposed_count = None, twin, "new", 0, 0
    copy.save()
    return twin


def forged(data: bytes, **changes: Any) -> bytes:
    """The JSON export with other facts in its first comment."""
    document = json.loads(data)
    document["threads"][0]["comments"][0].update(changes)
    return json.dumps(document).encode()


@pytest.mark.parametrize(("format_name", "name"), [("json", "labels.json"), ("zip", "labels.zip")])
def test_threads_come_back_as_they_were(alice, bob, dataset, format_name, name):
    image = picture(alice, dataset)
    talk(alice, bob, image)
    was = told(dataset)
    data = exported(alice, dataset, format=format_name, include_threads=True)
    Thread.objects.all().delete()
    Box.objects.all().delete()
    Notice.objects.all().delete()

    row = imported(alice, dataset, data, name)

    assert row["state"] == "done", job_of(row).error
    assert told(dataset) == was
    assert [len(thread["comments"]) for thread in was] == [2, 1]
    counts = row["result"]["counts"]
    assert (counts["threads"], counts["comments"], counts["added"]) == (2, 3, 1)
    assert set(Mention.objects.values_list("user", flat=True)) == {bob.user.id}
    assert set(Comment.objects.values_list("imported_by", flat=True)) == {alice.user.id}
    assert Thread.objects.get(number=1).box_uid == Box.objects.get(canvas=image.pk).uid
    # What was said long ago is no news.
    assert not Notice.objects.filter(kind__in=("mention", "answer")).exists()
    assert AuditEntry.objects.filter(verb="thread.imported").count() == 2


def test_ids_that_are_taken_follow_from_the_picture_and_twice_imports_nothing_twice(alice, bob, dataset):
    image = picture(alice, dataset)
    talk(alice, bob, image)
    data = exported(alice, dataset, format="json", include_threads=True)
    twin = twin_of(alice, image)

    imported(alice, twin, data, "labels.json")
    ids = set(Thread.objects.filter(image__dataset=twin).values_list("pk", flat=True))
    again = imported(alice, twin, data, "labels.json")
    at_home = imported(alice, dataset, data, "labels.json")

    assert len(ids) == 2
    assert not ids & set(Thread.objects.filter(image=image).values_list("pk", flat=True))
    for row in (again, at_home):
        counts = row["result"]["counts"]
        assert (row["state"], counts["threads"], counts["comments"], counts["threads_known"]) == (
            "done",
            0,
            0,
            2,
        )
    assert (Thread.objects.count(), Comment.objects.count()) == (4, 6)
    assert set(Thread.objects.filter(image__dataset=twin).values_list("pk", flat=True)) == ids


def test_an_answer_that_is_missing_is_added_and_the_rest_stays(alice, bob, dataset):
    image = picture(alice, dataset)
    thread, _ = talk(alice, bob, image)
    data = exported(alice, dataset, format="json", include_threads=True)
    Comment.objects.get(text="Yes. ⚓").delete()
    Thread.objects.filter(pk=thread.pk).update(comment_count=1)
    actions.settle(alice.actor, thread, is_open=True)

    row = imported(alice, dataset, data, "labels.json")

    thread.refresh_from_db()
    assert (row["result"]["counts"]["threads"], row["result"]["counts"]["comments"]) == (0, 1)
    assert (thread.comment_count, thread.is_open) == (2, True)


def test_the_doctor_counts_what_would_be_said_and_writes_nothing(alice, bob, dataset, project):
    image = picture(alice, dataset)
    talk(alice, bob, image)
    data = exported(alice, dataset, format="zip")
    empty = Dataset.objects.create(tenant=alice.tenant, project=project, name="Empty", created_by=alice.user)

    row = checked(alice, empty, data)
    without = checked(alice, empty, data, threads="false")

    counts = row["report"]["counts"]
    assert (counts["pictures"], counts["threads"], counts["comments"]) == (1, 2, 3)
    assert without["report"]["counts"]["comments"] == 0
    assert Thread.objects.filter(image__dataset=empty).count() == 0


def test_a_stranger_to_the_tenant_is_a_name_and_never_a_member(alice, bob, dataset, charlie):
    image = picture(alice, dataset)
    talk(alice, bob, image)
    data = exported(alice, dataset, format="json", include_threads=True)
    Thread.objects.all().delete()
    theirs = {"id": str(charlie.user.id), "name": "Charlie", "email_sha256": mark_of(charlie.user.email)}

    row = imported(alice, dataset, forged(data, author=theirs, mentions=[theirs]), "labels.json")

    assert row["state"] == "done", job_of(row).error
    comment = Comment.objects.get(text="Is it one, @Bob?")
    assert (comment.author, comment.imported_by) == (None, alice.user)
    assert not Mention.objects.filter(comment=comment).exists()
    shown_thread = next(one for one in told(dataset) if one["number"] == 1)
    assert shown_thread["comments"][0]["author"] == {"id": None, "name": "Charlie"}
    assert shown_thread["comments"][0]["mentions"] == [{"id": None, "name": "Charlie"}]
    # Where it goes out again, the file says who it was.
    out = json.loads(exported(alice, dataset, format="json", include_threads=True))
    assert out["threads"][0]["comments"][0]["author"] == theirs


@pytest.mark.parametrize("lie", ["another address", "no address", "another id"])
def test_words_are_a_members_only_by_id_and_address(alice, bob, dataset, ann, lie):
    image = picture(alice, dataset)
    talk(alice, bob, image)
    data = exported(alice, dataset, format="json", include_threads=True)
    Thread.objects.all().delete()
    said = {
        "another address": {"id": str(bob.user.id), "name": "Bob", "email_sha256": mark_of(ann.user.email)},
        "no address": {"id": str(bob.user.id), "name": "Bob", "email_sha256": None},
        "another id": {"id": str(ann.user.id), "name": "Bob", "email_sha256": mark_of(bob.user.email)},
    }

    imported(alice, dataset, forged(data, author=said[lie], text="Approve it all."), "labels.json")

    comment = Comment.objects.get(text="Approve it all.")
    assert (comment.author, comment.imported_by) == (None, alice.user)


def test_even_the_words_of_a_member_tell_who_imported_them(alice, bob, dataset):
    image = picture(alice, dataset)
    talk(alice, bob, image)
    data = exported(alice, dataset, format="json", include_threads=True)
    Thread.objects.all().delete()
    whole = {"id": str(bob.user.id), "name": "Bob", "email_sha256": mark_of(bob.user.email)}

    imported(alice, dataset, forged(data, author=whole, text="I said so."), "labels.json")

    threads = bob.api.get(f"/api/v1/images/{image.id}/threads").json()["results"]
    comment = threads[0]["comments"][0]
    assert (comment["author"]["name"], comment["text"]) == ("Bob", "I said so.")
    assert comment["imported"]["by"] == {"id": str(alice.user.id), "name": "Alice"}
    own = actions.reply(bob.actor, Thread.objects.get(number=1), text="I never did.")[0]
    assert (own.imported_at, own.imported_by) == (None, None)


def test_an_approved_picture_takes_threads(alice, bob, dataset):
    image = picture(alice, dataset)
    talk(alice, bob, image)
    data = exported(alice, dataset, format="json", include_threads=True)
    Thread.objects.all().delete()
    review(image.pk, "approve", actor=bob.actor)

    row = imported(alice, dataset, data, "labels.json")

    assert row["state"] == "done", job_of(row).error
    assert (row["result"]["counts"]["comments"], row["result"]["images"]["locked"]) == (3, 1)


def test_a_thread_follows_the_box_that_was_there_already(alice, bob, dataset):
    image = picture(alice, dataset)
    talk(alice, bob, image)
    data = exported(alice, dataset, format="json", include_threads=True)
    twin = twin_of(alice, image)
    standing = UUID(draw(alice, Image.objects.get(dataset=twin)))

    row = imported(alice, twin, data, "labels.json")

    assert row["result"]["counts"]["known"] == 1
    assert Thread.objects.get(image__dataset=twin, number=1).box_uid == standing


def test_what_is_wrong_with_threads_is_told_and_costs_nothing_else(alice, bob, dataset):
    image = picture(alice, dataset)
    talk(alice, bob, image)
    document = json.loads(exported(alice, dataset, format="json", include_threads=True))
    Thread.objects.all().delete()
    good = document["threads"][1]
    document["threads"] = [
        {**good, "sha256": "0" * 64},
        {**good, "anchor": {"kind": "point", "point": [900, 5]}},
        {**good, "anchor": {"kind": "star"}},
        {**good, "comments": [{"text": " "}]},
        "words",
        {**good, "created_at": "2999-01-01T00:00:00Z", "number": -4},
    ]

    row = imported(alice, dataset, json.dumps(document).encode(), "labels.json")

    codes = [finding["code"] for finding in row["result"]["findings"] if finding["severity"] == "error"]
    assert sorted(codes) == ["bad_comment", *["bad_thread"] * 4, "thread_without_picture"]
    places = {finding["place"] for finding in row["result"]["findings"]}
    assert {f"threads[{at}]" for at in range(5)} <= places
    [thread] = Thread.objects.all()
    assert thread.number == 1
    assert thread.created_at <= thread.comments.get().imported_at


def test_comments_of_one_moment_stay_in_the_order_of_the_file(alice, bob, dataset):
    image = picture(alice, dataset)
    talk(alice, bob, image)
    document = json.loads(exported(alice, dataset, format="json", include_threads=True))
    said = [{"text": str(at), "created_at": "2026-01-02T03:04:05Z"} for at in range(9)]
    document["threads"] = [
        {"sha256": document["images"][0]["sha256"], "anchor": {"kind": "picture"}, "comments": said}
    ]

    for _ in range(2):
        imported(alice, dataset, json.dumps(document).encode(), "labels.json")

    [thread] = [one for one in told(dataset) if len(one["comments"]) == 9]
    assert [one["text"] for one in thread["comments"]] == [str(at) for at in range(9)]
    assert Thread.objects.filter(image=image).count() == 3


def test_a_version_goes_out_with_what_is_said_now_only_where_that_is_asked_for(alice, bob, dataset):
    image = picture(alice, dataset)
    talk(alice, bob, image)
    answer = alice.api.post(
        f"/api/v1/datasets/{dataset.id}/versions", '{"message": ""}', content_type="application/json"
    )
    number = answer.json()["number"]
    before = exported(alice, dataset, format="zip", version=number)
    actions.reply(alice.actor, Thread.objects.get(number=2), text="Later.")

    after = exported(alice, dataset, format="zip", version=number)
    with_threads = exported(alice, dataset, format="json", version=number, include_threads=True)

    assert before == after
    said = [one["text"] for thread in json.loads(with_threads)["threads"] for one in thread["comments"]]
    assert said == ["Is it one, @Bob?", "Yes. ⚓", "And this?", "Later."]


def test_a_format_without_room_for_comments_says_so(alice, dataset):
    url = f"/api/v1/datasets/{dataset.id}/exports"

    answer = alice.api.post(
        url, json.dumps({"format": "coco", "include_threads": True}), content_type="application/json"
    )

    assert (answer.status_code, answer.json()["field"]) == (400, "include_threads")


def test_addresses_do_not_leave(alice, bob, dataset):
    image = picture(alice, dataset)
    talk(alice, bob, image)

    data = exported(alice, dataset, format="json", include_threads=True).decode()

    assert bob.user.email not in data
    assert mark_of(bob.user.email) in data


def test_a_job_that_was_stopped_between_threads_goes_on_behind_them(alice, bob, dataset, monkeypatch):
    monkeypatch.setattr(import_threads, "LOT", 1)
    image = picture(alice, dataset)
    talk(alice, bob, image)
    data = exported(alice, dataset, format="json", include_threads=True)
    Thread.objects.all().delete()
    answer = send(alice, dataset, data, "labels.json", dry_run="false")
    worker = Interrupted(lease.claim(KINDS), ticks_itself=True)
    worker.left = 3

    run(worker)
    half = Comment.objects.count()
    run_queued(KINDS)

    row = shown(alice, answer.json()["import"]["id"])
    counts = row["result"]["counts"]
    assert (row["state"], half) == ("done", 2)
    assert (counts["threads"], counts["comments"], counts["threads_known"]) == (2, 3, 0)
