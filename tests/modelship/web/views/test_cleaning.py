"""The pages of cleaning work by forms alone: check, decide, archive, take back."""

import pytest

from datasets.models import CleanFinding, CleanReport, CleanSweep, Dataset, Image
from modelship.jobs.runner import run_queued
from tests.datasets.measured import images_with
from tests.modelship.web.pages import Page
from tests.people import Person

pytestmark = pytest.mark.django_db
KINDS = ["datasets.clean", "datasets.clean_apply", "datasets.clean_undo"]
FORM = {"check": "1", "on-near": "on", "near-distance": "6", "on-dark": "on", "dark-below": "30"}


def url(dataset: Dataset, path: str = "clean") -> str:
    return f"/datasets/{dataset.id}/{path}/"


def send(person: Person, dataset: Dataset, form: dict, path: str = "clean"):
    answer = person.browser.post(url(dataset, path), form)
    run_queued(KINDS)
    return answer


def kept(dataset: Dataset) -> list[int]:
    return [image.ordinal for image in dataset.images.kept().order_by("ordinal")]


@pytest.fixture
def pictures(dataset: Dataset) -> list[Image]:
    """1 and 2 look alike, 3 is dark, 4 is neither."""
    rows = [{"phash": 7}, {"phash": 5}, {"phash": -1, "brightness": 3.0}, {"phash": 1 << 40 | 0xFFF00000}]
    return images_with(dataset, rows)


@pytest.fixture
def report(alice: Person, dataset: Dataset, pictures: list[Image]) -> CleanReport:
    assert send(alice, dataset, FORM).status_code == 302
    return CleanReport.objects.get()


def test_before_a_check_the_page_says_what_to_do(
    alice: Person, vic: Person, dataset: Dataset, pictures: list[Image]
):
    answer = alice.browser.get(url(dataset))

    page = Page(answer)
    assert "Not checked yet" in page.text
    assert [field["rule"].name for field in answer.context["fields"] if field["is_on"]] == [
        "near",
        "blurred",
        "dark",
        "bright",
        "small",
        "narrow",
    ]
    assert "Check the pictures" not in Page(vic.browser.get(url(dataset))).text


def test_a_check_keeps_its_rules_and_shows_groups_side_by_side(
    alice: Person, dataset: Dataset, report: CleanReport
):
    assert report.rules == {"near": {"distance": 6, "turned": False}, "dark": {"below": 30}}

    answer = alice.browser.get(url(dataset))

    (group,) = answer.context["groups"]
    assert [(card["filename"], card["verdict"]) for card in group["cards"]] == [
        ("1.png", "best"),
        ("2.png", "archive"),
    ]
    assert "1 bit away" in Page(answer).text
    fields = {field["rule"].name: field for field in answer.context["fields"]}
    assert (fields["near"]["value"], fields["small"]["is_on"]) == (6, False)
    dark = alice.browser.get(f"{url(dataset)}?rule=dark").context
    assert [card["measured"] for card in dark["cards"]] == ["Brightness 3"]


def test_deciding_and_archiving_by_forms(alice: Person, dataset: Dataset, report: CleanReport, pictures):
    base = {"report": str(report.id), "rule": "near"}
    send(alice, dataset, {**base, "best": str(pictures[1].id)})
    (group,) = alice.browser.get(url(dataset)).context["groups"]
    assert [(card["verdict"], card["measured"]) for card in group["cards"]] == [
        ("best", "0 bits away"),
        ("archive", "1 bit away"),
    ]

    send(alice, dataset, {**base, "apply": "1"})

    assert kept(dataset) == [2, 3, 4]
    page = Page(alice.browser.get(url(dataset)))
    assert "1 picture is archived." in page.text
    send(alice, dataset, {"undo": str(CleanSweep.objects.get().id)})
    assert kept(dataset) == [1, 2, 3, 4]
    assert "is archived." not in Page(alice.browser.get(url(dataset))).text


def test_all_and_none(alice: Person, dataset: Dataset, report: CleanReport):
    send(alice, dataset, {"report": str(report.id), "rule": "dark", "all": "keep"})

    assert not CleanFinding.objects.filter(rule="dark", marked=True).exists()
    assert CleanFinding.objects.filter(rule="near", marked=True).count() == 1


def test_many_groups_come_in_pages_and_a_large_one_is_cut(alice: Person, dataset: Dataset):
    images_with(dataset, [{"phash": (at // 2) * 0x0101010101010101} for at in range(50)])
    images_with(dataset, [{"phash": -1, "filename": "burst.png"} for _ in range(30)])
    send(alice, dataset, {"check": "1", "on-near": "on", "near-distance": "0"})

    first = alice.browser.get(url(dataset)).context
    second = alice.browser.get(f"{url(dataset)}{first['next']}").context

    assert [len(first["groups"]), len(second["groups"])] == [20, 6]
    assert (second["groups"][-1]["members"], second["groups"][-1]["more"]) == (30, 6)
    assert (first["previous"], second["next"]) == ("", "")
    assert second["previous"] == "?rule=near&after=0"


def test_the_archive_lists_and_takes_back(alice: Person, dataset: Dataset, report: CleanReport, pictures):
    assert "The archive is empty" in Page(alice.browser.get(url(dataset, "archive"))).text
    send(alice, dataset, {"report": str(report.id), "rule": "near", "apply": "1"})
    send(alice, dataset, {"report": str(report.id), "rule": "dark", "apply": "1"})

    answer = alice.browser.get(url(dataset, "archive"))
    assert [image["reason"] for image in answer.context["images"]] == ["too dark", "near duplicate"]
    send(alice, dataset, {"image": [str(pictures[1].id)]}, "archive")
    assert kept(dataset) == [1, 2, 4]

    last = answer.context["sweeps"][0]["sweep"]
    send(alice, dataset, {"undo": str(last.id)}, "archive")
    assert kept(dataset) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("clean", {"check": "1"}),
        ("clean", {"check": "1", "on-dark": "on", "dark-below": "very"}),
        ("clean", {"check": "1", "on-dark": "on", "dark-below": "nan"}),
        ("clean", {"undo": "x"}),
        ("clean", {}),
        ("clean", {"report": "{report}", "rule": "near"}),
        ("clean", {"report": "{report}", "rule": "ugly", "apply": "1"}),
        ("clean", {"report": "{report}", "rule": "near", "all": "burn"}),
        ("archive", {}),
        ("archive", {"image": ["x"]}),
    ],
)
def test_odd_forms_are_refused_in_words(alice: Person, dataset: Dataset, report: CleanReport, path, form):
    filled = {key: str(report.id) if value == "{report}" else value for key, value in form.items()}

    answer = send(alice, dataset, filled, path)

    assert answer.status_code == 400
    assert kept(dataset) == [1, 2, 3, 4]
    assert CleanReport.objects.count() == 1


@pytest.mark.parametrize("path", ["clean", "archive"])
def test_who_does_not_manage_only_looks(ann: Person, dataset: Dataset, report: CleanReport, path):
    answer = send(ann, dataset, {"report": str(report.id), "rule": "near", "apply": "1"}, path)

    assert answer.status_code == 403
    assert kept(dataset) == [1, 2, 3, 4]
    assert ann.browser.get(url(dataset, path)).status_code == 200


def test_odd_addresses_show_the_first_page(alice: Person, dataset: Dataset, report: CleanReport):
    for query in ("?rule=ugly", "?rule=near&after=-5", "?rule=near&after=99999999999999999999"):
        assert alice.browser.get(url(dataset) + query).status_code == 200
