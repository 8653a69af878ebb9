"""Cleaning over REST: check, look, decide, archive, take back; refusals change nothing."""

import csv
import io
import json

import orjson
import pytest

from datasets.models import CleanFinding, CleanReport, CleanSweep, Dataset, Image
from modelship.jobs.runner import run_queued
from tests.datasets.measured import image_with, images_with
from tests.datasets.pictures import body_of

pytestmark = pytest.mark.django_db
KINDS = ["datasets.clean", "datasets.clean_apply", "datasets.clean_undo"]


def url(dataset, path: str = "") -> str:
    return f"/api/v1/datasets/{dataset.id}/{path}"


def post(person, dataset, path: str, body: dict):
    answer = person.api.post(url(dataset, path), body, content_type="application/json")
    run_queued(KINDS)
    return answer


@pytest.fixture
def images(dataset) -> list[Image]:
    return images_with(
        dataset, [{"phash": 5, "width": 900}, {"phash": 5, "filename": "=cmd.png"}, {"brightness": 1.0}]
    )


@pytest.fixture
def report(alice, dataset, images) -> dict:
    answer = post(alice, dataset, "clean", {"rules": {"near": True, "dark": {"below": 9}}})
    assert answer.status_code == 202
    return answer.json()["report"]


def test_a_check_is_ordered_and_its_report_read(alice, vic, dataset, images, report):
    assert report["ready"] is False
    assert report["rules"] == {"near": {"distance": 8, "turned": False}, "dark": {"below": 9}}

    answer = vic.api.get(url(dataset, "clean/report")).json()

    assert answer["report"]["ready"] is True
    assert answer["report"]["counts"] == {"near": {"images": 2, "groups": 1}, "dark": {"images": 1}}
    assert answer["next"] is None
    first, second, third = answer["results"]
    assert first == {
        "image": str(images[0].id),
        "filename": "1.png",
        "rule": "near",
        "value": 0.0,
        "threshold": 8,
        "group": 1,
        "kept": True,
        "action": "keep",
        "archived": False,
        "width": 900,
        "height": 480,
        "state": "new",
        "box_count": 0,
        "sharpness": 500.0,
        "brightness": 120.0,
        "phash": "0000000000000005",
    }
    assert (second["kept"], second["action"]) == (False, "archive")
    assert (third["rule"], third["value"], third["threshold"], third["group"]) == ("dark", 1.0, 9, None)


def test_the_report_is_paged_and_filtered(alice, dataset, report):
    page = alice.api.get(url(dataset, f"clean/report?id={report['id']}&limit=2")).json()
    rest = alice.api.get(page["next"]).json()
    dark = alice.api.get(url(dataset, "clean/report?rule=dark")).json()
    group = alice.api.get(url(dataset, "clean/report?group=1")).json()

    assert [len(page["results"]), len(rest["results"])] == [2, 1]
    assert [row["rule"] for row in dark["results"]] == ["dark"]
    assert len(group["results"]) == 2


def test_the_report_is_a_file_too(alice, dataset, report):
    as_csv = alice.api.get(url(dataset, "clean/report?format=csv"))
    as_json = alice.api.get(url(dataset, "clean/report?format=json"), headers={"accept": "application/json"})

    rows = list(csv.DictReader(io.StringIO(body_of(as_csv).decode())))
    assert as_csv["Content-Type"].startswith("text/csv")
    assert "attachment" in as_csv["Content-Disposition"]
    assert [row["rule"] for row in rows] == ["near", "near", "dark"]
    # A spreadsheet does not run a file's name.
    assert rows[1]["filename"] == "'=cmd.png"
    assert [row["action"] for row in rows] == ["keep", "archive", "archive"]
    found = alice.api.get(url(dataset, "clean/report")).json()
    assert orjson.loads(body_of(as_json)) == {"report": found["report"], "findings": found["results"]}


def test_deciding_archiving_and_taking_back(alice, dataset, images, report):
    best = {"report": report["id"], "rule": "near", "images": {str(images[1].id): "best"}}
    assert post(alice, dataset, "clean/choose", best).json() == {
        "changed": 1,
        "marked": {"near": 1, "dark": 1},
    }

    sweep = post(alice, dataset, "clean/apply", {"report": report["id"], "rules": ["near"]}).json()["sweep"]

    assert kept(dataset) == [images[1].id, images[2].id]
    listed = alice.api.get(url(dataset, "clean/sweeps")).json()["results"]
    assert [(row["id"], row["archived"], row["ready"]) for row in listed] == [(sweep["id"], 1, True)]
    answer = post(alice, dataset, "clean/undo", {"sweep": sweep["id"]})
    assert answer.status_code == 202
    assert kept(dataset) == [image.id for image in images]
    assert post(alice, dataset, "clean/undo", {"sweep": sweep["id"]}).json()["code"] == "already_undone"


def test_all_of_a_rule_at_once(alice, dataset, report):
    answer = post(alice, dataset, "clean/choose", {"report": report["id"], "rule": "near", "all": "keep"})

    assert answer.json() == {"changed": 1, "marked": {"dark": 1}}


def test_counts_while_one_chooses(alice, dataset, images):
    image_with(dataset, sharpness=10.0, phash=9)
    rules = {"blurred": {"below": 11}, "dark": {"below": 2}, "small": {"below": 640}, "near": True}

    answer = post(alice, dataset, "clean/counts", {"rules": rules})

    assert answer.json() == {"images": 4, "measured": 3, "counts": {"blurred": 1, "dark": 1, "small": 4}}
    assert not CleanReport.objects.exists()


def test_the_rules_describe_themselves(vic, dataset):
    rules = vic.api.get(url(dataset, "clean")).json()["rules"]

    assert rules[0]["name"] == "near"
    assert rules[0]["limit"] == {
        "name": "distance",
        "default": 8,
        "low": 0,
        "high": 12,
        "unit": "of 64 bits",
    }
    assert rules[0]["switches"] == ["turned"]


def test_archive_and_restore_by_hand(alice, dataset, images):
    ids = [str(images[0].id), str(images[1].id)]

    gone = post(alice, dataset, "images/archive", {"images": ids, "reason": "test shots"})
    again = post(alice, dataset, "images/archive", {"images": ids})
    back = post(alice, dataset, "images/restore", {"images": ids[:1]})

    assert (gone.json(), again.json(), back.json()) == ({"archived": 2}, {"archived": 0}, {"restored": 1})
    assert kept(dataset) == [images[0].id, images[2].id]
    assert Image.objects.get(pk=images[1].pk).archived_for == "test shots"


BODIES = [
    ("clean", {"rules": {"near": {"distance": 99}}}, 400),
    ("clean", {"rules": {}}, 400),
    ("clean", {"rule": "near"}, 400),
    ("clean/choose", {"report": "{report}", "rule": "ugly", "all": "keep"}, 400),
    ("clean/choose", {"report": "{report}", "rule": "near", "all": "delete"}, 400),
    ("clean/choose", {"report": "{report}", "rule": "near", "images": []}, 400),
    ("clean/choose", {"report": "{report}", "rule": "near", "images": {"{image}": "burn"}}, 400),
    ("clean/choose", {"report": "{report}", "rule": "near", "images": {"{image}": "keep"}}, 404),
    ("clean/choose", {"report": 5, "rule": "near", "all": "keep"}, 400),
    ("clean/apply", {"report": "{image}"}, 404),
    ("clean/apply", {"report": "{report}", "rules": []}, 400),
    ("clean/apply", {"report": "{report}", "rules": [{}]}, 400),
    ("clean/apply", {"report": "{report}", "groups": [0]}, 400),
    ("clean/apply", {"report": "{report}", "groups": [1 << 40]}, 400),
    ("clean/apply", {"report": "{report}", "images": ["x"]}, 400),
    ("clean/undo", {"sweep": "{report}"}, 404),
    ("clean/undo", {}, 400),
    ("images/archive", {"images": []}, 400),
    ("images/archive", {"images": "all"}, 400),
    ("images/restore", {"images": [7]}, 400),
]


@pytest.mark.parametrize(("path", "body", "status"), BODIES)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    alice, dataset, images, report, path, body, status
):
    text = json.dumps(body).replace("{report}", report["id"]).replace("{image}", str(images[2].id))
    filled = json.loads(text)

    answer = post(alice, dataset, path, filled)

    assert answer.status_code == status, answer.content
    assert answer.json()["detail"].endswith(".")
    assert kept(dataset) == [image.id for image in images]
    assert CleanFinding.objects.filter(marked=True).count() == 2
    assert not CleanSweep.objects.exists()


@pytest.mark.parametrize(
    "query", ["id=x", "rule=ugly", "group=x", "group=0", "format=xml", "cursor=zz", "limit=0"]
)
def test_odd_questions_of_the_report_are_refused(alice, dataset, report, query):
    assert alice.api.get(url(dataset, f"clean/report?{query}")).status_code == 400


def test_a_report_that_is_not_there_yet_is_a_conflict(alice, dataset):
    assert alice.api.get(url(dataset, "clean/report")).json()["code"] == "not_ready"

    waiting = alice.api.post(url(dataset, "clean"), {}, content_type="application/json").json()["report"]

    for path, body in (("clean/apply", {}), ("clean/choose", {"rule": "near", "all": "keep"})):
        answer = alice.api.post(
            url(dataset, path), {"report": waiting["id"], **body}, content_type="application/json"
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")
    assert alice.api.get(url(dataset, f"clean/report?id={waiting['id']}&format=csv")).status_code == 409


def test_who_does_not_manage_only_looks(ann, dataset, images, report):
    ids = {"images": [str(images[0].id)]}
    for path, body in (
        ("clean", {}),
        ("clean/counts", {}),
        ("clean/choose", {"report": report["id"], "rule": "near", "all": "keep"}),
        ("clean/apply", {"report": report["id"]}),
        ("clean/undo", {"sweep": report["id"]}),
        ("images/archive", ids),
        ("images/restore", ids),
    ):
        assert post(ann, dataset, path, body).status_code == 403, path
    assert ann.api.get(url(dataset, "clean/report")).status_code == 200
    assert kept(dataset) == [image.id for image in images]


def test_reports_and_sweeps_of_others_are_not_there(alice, charlie, dataset, images, report):
    sweep = post(alice, dataset, "clean/apply", {"report": report["id"]}).json()["sweep"]
    project = charlie.api.post("/api/v1/projects", {"name": "Mine"}, content_type="application/json").json()
    own = Dataset.objects.create(tenant=charlie.tenant, project_id=project["id"], name="Mine")
    before = kept(dataset)

    assert charlie.api.get(url(own, f"clean/report?id={report['id']}")).status_code == 404
    for path, body in (
        ("clean/apply", {"report": report["id"]}),
        ("clean/choose", {"report": report["id"], "rule": "near", "all": "keep"}),
        ("clean/undo", {"sweep": sweep["id"]}),
    ):
        assert post(charlie, own, path, body).status_code == 404, path
    foreign = {"images": [str(image.id) for image in images]}
    assert post(charlie, own, "images/archive", foreign).json() == {"archived": 0}
    assert post(charlie, own, "images/restore", foreign).json() == {"restored": 0}
    assert kept(dataset) == before


def kept(dataset) -> list:
    return list(Image.objects.kept().filter(dataset=dataset).order_by("ordinal").values_list("id", flat=True))
