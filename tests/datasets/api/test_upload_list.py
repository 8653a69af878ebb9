"""The list of uploads: one's own, everybody's of a dataset for who manages it, nobody else's."""

from datetime import timedelta

import pytest

from datasets.actions.uploads import Announced, create_upload
from datasets.models import Dataset, UploadSession
from modelship.lib.clock import now
from modelship.projects.models import Member
from tests.datasets.pictures import picture
from tests.datasets.uploads import begun, complete, send
from tests.people import make_person


@pytest.fixture
def mona(acme):
    return make_person("Mona", acme, "manager")


def listed(person, **query):
    answer = person.api.get("/api/v1/uploads", query)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def names(person, **query):
    return [upload["filename"] for upload in listed(person, **query)]


def test_it_tells_how_far_each_is_and_what_became_of_it(alice, dataset):
    done = begun(alice, dataset, filename="done.png")
    send(alice, done, picture())
    verdict = complete(alice, done).json()["results"][0]
    half = begun(alice, dataset, filename="half.png", fingerprint="s1-abc")
    send(alice, half, picture()[:10])

    first, second = listed(alice)

    assert (first["filename"], first["state"], first["offset"], first["size"]) == (
        "half.png",
        "open",
        10,
        len(picture()),
    )
    assert (first["fingerprint"], first["verdict"]) == ("s1-abc", None)
    assert (second["state"], second["verdict"]) == ("done", verdict)
    assert {first["created_by"], second["created_by"]} == {str(alice.user.id)}


def test_a_manager_sees_everybody_s_of_a_dataset_and_by_default_her_own(alice, mona, bob, charlie, dataset):
    begun(alice, dataset, filename="alice.png")
    begun(mona, dataset, filename="mona.png")

    assert names(alice) == ["alice.png"]
    assert names(mona) == ["mona.png"]
    assert names(alice, dataset=str(dataset.id)) == ["mona.png", "alice.png"]
    assert (names(bob), names(bob, dataset=str(dataset.id)), names(charlie)) == ([], [], [])
    assert charlie.api.get("/api/v1/uploads", {"dataset": str(dataset.id)}).status_code == 404


def test_who_manages_the_project_no_more_still_sees_her_own_alone(alice, bob, project, dataset):
    member = Member.objects.create(project=project, user=bob.user, role="manager")
    begun(bob, dataset, filename="bob.png")
    begun(alice, dataset, filename="alice.png")
    both = names(bob, dataset=str(dataset.id))

    member.delete()

    assert both == ["alice.png", "bob.png"]
    assert names(bob, dataset=str(dataset.id)) == ["bob.png"]


def test_it_is_narrowed_by_state_and_time_that_has_run_out_is_expired(alice, dataset):
    begun(alice, dataset, filename="open.png")
    late = begun(alice, dataset, filename="late.png")
    UploadSession.objects.filter(pk=late["id"]).update(expires_at=now() - timedelta(seconds=1))

    wrong = [alice.api.get(f"/api/v1/uploads?{query}") for query in ("state=lost", "dataset=x", "limit=0")]

    assert names(alice, state="open") == ["open.png"]
    assert names(alice, state="expired") == ["late.png"]
    assert [upload["state"] for upload in listed(alice)] == ["expired", "open"]
    assert [answer.status_code for answer in wrong] == [400, 400, 400]


def test_pages_go_on_where_the_last_one_ended(alice, dataset, django_assert_max_num_queries):
    for number in range(5):
        create_upload(alice.actor, dataset, Announced(f"{number}.png", 9))
    seen, url = [], "/api/v1/uploads?limit=2&state=open"

    while url:
        with django_assert_max_num_queries(12):
            page = alice.api.get(url).json()
        seen += [upload["filename"] for upload in page["results"]]
        url = page["next"]
        create_upload(alice.actor, dataset, Announced("new.png", 9))

    assert seen == ["4.png", "3.png", "2.png", "1.png", "0.png"]


def test_other_datasets_uploads_are_not_in_it(alice, project, dataset):
    other = Dataset.objects.create(tenant=alice.tenant, project=project, name="Other")
    begun(alice, other, filename="other.png")

    assert names(alice, dataset=str(dataset.id)) == []
    assert names(alice) == ["other.png"]
