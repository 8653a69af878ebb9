import pytest

from datasets.jobs import free_bytes
from datasets.models import Blob, Dataset, Image
from modelship.audit.models import AuditEntry
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from tests.datasets.pictures import picture, upload

URL = "/api/v1/datasets"


def create(person, project, /, **fields):
    body = {"project": str(project.id), "name": "South quay", **fields}
    return person.api.post(URL, body, content_type="application/json")


def test_create_answers_the_dataset_and_its_etag(alice, project):
    response = create(alice, project, description="Cranes.")

    made = Dataset.objects.get()
    shown = response.json()
    assert response.status_code == 201
    assert (shown["id"], shown["project"], shown["name"]) == (str(made.id), str(project.id), "South quay")
    assert (shown["kind"], shown["description"], shown["image_count"]) == ("images", "Cranes.", 0)
    assert shown["counts"]["all"] == 0
    assert alice.api.get(f"{URL}/{made.id}").headers["ETag"] == response.headers["ETag"]
    assert AuditEntry.objects.filter(verb="dataset.created", subject=f"dataset:{made.id}").exists()


def test_project_may_come_in_the_query(alice, project):
    response = alice.api.post(
        f"{URL}?project={project.id}", {"name": "South quay"}, content_type="application/json"
    )

    assert response.status_code == 201


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "x" * 201},
        {"name": 7},
        {"kind": "video"},
        {"project": "7"},
        {"tenant": "rival"},
    ],
)
def test_create_refuses_what_is_malformed(alice, project, fields):
    response = create(alice, project, **fields)

    assert response.status_code == 400
    assert not Dataset.objects.exists()


def test_names_are_taken_once_per_project(alice, project, dataset):
    response = create(alice, project, name=dataset.name)

    assert (response.status_code, response.json()["code"]) == (409, "name_taken")


def test_list_is_filtered_and_counts_images(alice, dataset, project):
    create(alice, project)
    upload(alice, dataset, "a.png", picture())

    found = alice.api.get(f"{URL}?project={project.id}").json()["results"]
    searched = alice.api.get(f"{URL}?q=NORTH").json()["results"]

    assert [(row["name"], row["image_count"]) for row in found] == [("South quay", 0), ("North quay", 1)]
    assert [row["name"] for row in searched] == ["North quay"]


def test_patch_needs_the_present_etag(alice, dataset):
    url = f"{URL}/{dataset.id}"
    etag = alice.api.get(url).headers["ETag"]

    first = alice.api.patch(
        url, {"name": "East"}, content_type="application/json", headers={"if-match": etag}
    )
    stale = alice.api.patch(
        url, {"name": "West"}, content_type="application/json", headers={"if-match": etag}
    )

    assert (first.status_code, first.json()["name"]) == (200, "East")
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    dataset.refresh_from_db()
    assert dataset.name == "East"


def test_delete_takes_images_and_a_job_frees_the_bytes(alice, dataset, media):
    upload(alice, dataset, "a.png", picture())

    response = alice.api.delete(f"{URL}/{dataset.id}")

    assert response.status_code == 204
    assert not Image.objects.exists()
    job = Job.objects.get(kind="datasets.free_bytes")
    assert free_bytes(job, JobContext(job)) == {"freed": 1}
    assert not Blob.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_stranger_can_not_tell_foreign_from_absent(charlie, dataset, method):
    foreign = getattr(charlie.api, method)(f"{URL}/{dataset.id}")
    absent = getattr(charlie.api, method)(f"{URL}/00000000-0000-4000-8000-000000000000")

    assert foreign.status_code == absent.status_code == 404
    assert without_id(foreign) == without_id(absent)
    assert Dataset.objects.filter(pk=dataset.pk).exists()


def test_stranger_sees_and_makes_nothing(charlie, project, dataset):
    listed = charlie.api.get(URL).json()["results"]
    filtered = charlie.api.get(f"{URL}?project={project.id}")
    made = create(charlie, project)

    assert (listed, filtered.status_code, made.status_code) == ([], 404, 404)


def test_lower_roles_look_but_do_not_change(alice, bob, ann, vic, project, dataset):
    for person in (bob, ann, vic):
        assert person.api.get(f"{URL}/{dataset.id}").status_code == 200
        assert create(person, project).status_code == 403
        assert person.api.delete(f"{URL}/{dataset.id}").status_code == 403

    assert Dataset.objects.count() == 1


def without_id(response) -> dict:
    return {key: value for key, value in response.json().items() if key != "request_id"}
