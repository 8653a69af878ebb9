"""Lists by search: each filter with exact results, orders that page, counts, and what nobody may ask."""

from typing import Any
from urllib.parse import urlencode

import pytest

from annotations.models import Box, Canvas, LabelClass
from datasets.models import Dataset, Image
from modelship.lib.clock import now
from modelship.lib.ids import new_id
from tests.datasets.seeded import seed_images
from tests.people import Person

URL = "/api/v1/images"
NAMES = ("quay.png", "Ship.png", "crane.png", "pier.png", "gone.png")


@pytest.fixture
def images(dataset: Dataset) -> list[Image]:
    return seed_images(
        dataset,
        {
            "filename": "quay.png",
            "metadata": {"weather": "rain", "iso": 100, "camera": {"make": "Nikon"}},
            "sharpness": 50.0,
            "brightness": 10.0,
            "phash": -5,
            "split": "train",
            "intrinsic": {"taken_at": "2025-03-01T10:00:00"},
        },
        {
            "filename": "Ship.png",
            "metadata": {"iso": 1600, "keywords": ["Été", "low tide"], "wet": True},
            "state": "labeled",
            "width": 20,
            "height": 40,
            "sharpness": 7.5,
            "phash": -5,
            "split": "val",
            "intrinsic": {"taken_at": "2025-03-02T00:00:00+02:00"},
        },
        {
            "filename": "crane.png",
            "metadata": {
                "iso": "800",
                "description": "At the quay, 100%.",
                "keywords": ['3" pipe', "port\\north", "日本"],
            },
            "state": "proposed",
            "width": 3000,
            "height": 1000,
            "box_count": 3,
            "proposed_count": 2,
            "lowest_score": 0.3,
            "highest_score": 0.9,
        },
        {
            "filename": "pier.png",
            "metadata": {"weather": "Rain, cold", "iso": 400.5},
            "width": 30,
            "height": 30,
            "lowest_score": 0.5,
            "highest_score": 0.94,
            "state": "labeled",
            "box_count": 1,
            "split": "train",
        },
        {"filename": "gone.png", "archived_at": now(), "archived_for": "blur", "phash": -5},
    )


@pytest.fixture
def boxes(images: list[Image], dataset: Dataset) -> None:
    boat, crane = LabelClass.objects.filter(project=dataset.project).order_by("order")

    def box(at: int, label: LabelClass, **fields: Any) -> None:
        canvas, _ = Canvas.objects.get_or_create(image=images[at])
        Box.objects.create(
            canvas=canvas, uid=new_id(), label=label, x=0, y=0, w=5, h=5, created_seq=1, seq=1, **fields
        )

    box(2, boat, state="proposed", score=0.3, source="model")
    box(2, boat, state="proposed", score=0.9, source="model")
    box(2, crane, state="accepted", score=0.1, source="model")
    box(3, crane)
    box(0, boat, deleted=True)
    box(1, boat, state="rejected", score=0.3)


def found(person: Person, dataset: Dataset, query: str = "", **params: str) -> list[str]:
    text = "&".join(part for part in (query, urlencode(params)) if part)
    answer = person.api.get(f"{URL}?dataset={dataset.id}&{text}")
    assert answer.status_code == 200, answer.content
    return [row["filename"] for row in answer.json()["results"]]


@pytest.mark.usefixtures("boxes")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", "quay Ship crane pier"),
        ("quay", "quay crane"),
        ("-quay", "Ship pier"),
        ('"low tide"', "Ship"),
        ('"100%"', "crane"),
        ("name:QUAY", "quay"),
        ('keyword:"low tide"', "Ship"),
        ("keyword:low", ""),
        ("keyword:Été", "Ship"),
        ("Été", "Ship"),
        (r'keyword:"3\" pipe"', "crane"),
        (r'"3\" pipe"', "crane"),
        ("keyword:pipe", ""),
        (r'keyword:"port\\north"', "crane"),
        ("meta.keywords~日本", "crane"),
        ("state:labeled,proposed", "Ship crane pier"),
        ("-state:labeled", "quay crane"),
        ("split:train", "quay pier"),
        ("split:none,val", "Ship crane"),
        ("archived:true", "gone"),
        ("archived:all phash:fffffffffffffffb", "quay Ship gone"),
        ("duplicate:true", "quay Ship"),
        ("duplicate:false", "crane pier"),
        ("meta.weather:rain", "quay"),
        ("meta.weather~rain", "quay pier"),
        ("meta.weather:*", "quay pier"),
        ("-meta.weather:*", "Ship crane"),
        ("meta.camera.make:Nikon", "quay"),
        ("meta.iso>=400.5", "Ship pier"),
        ("meta.iso<1600", "quay pier"),
        ("meta.iso:800,100", "quay crane"),
        ("meta.wet:true", "Ship"),
        ("meta.camera>1", ""),
        ('meta."password":x', ""),
        ("meta.intrinsic.taken_at~2025-03-01", "quay"),
        ("meta.intrinsic.taken_at:*", "quay Ship"),
        ("-meta.intrinsic.taken_at:*", "crane pier"),
        ("meta.intrinsic.width:30", "pier"),
        ("meta.intrinsic.width>=31", "quay crane"),
        ("meta.intrinsic.format~pn", "quay Ship crane pier"),
        ("meta.intrinsic.format>1", ""),
        ("meta.intrinsic.width.deeper:*", ""),
        ("boxes>=1", "crane pier"),
        ("boxes:0", "quay Ship"),
        ("proposals>0", "crane"),
        ("width>=40 height<1000", "quay"),
        ("megapixels>2", "crane"),
        ("bytes<=1002", "quay Ship"),
        ("bytes>1.001kB bytes<=1.003KB", "Ship crane"),
        ("bytes:1003B,1MB", "crane"),
        ("bytes<1KiB", "quay Ship crane pier"),
        ("shape:portrait,square", "Ship pier"),
        ("sharpness<10", "Ship"),
        ("brightness<40", "quay"),
        ("created>2026-05-01T13:00", "crane pier"),
        ("created:2026-05", "quay Ship crane pier"),
        ("created<2026", ""),
        ("taken:2025-03-01", "quay"),
        ("taken>=2025-03-02", "Ship"),
        ("taken<=2025-03", "quay Ship"),
        ("class:boat", "crane"),
        ("class:crane,boat", "crane pier"),
        ("class:none", "quay Ship"),
        ("-class:boat", "quay Ship pier"),
        ("class:none,boat", "quay Ship crane"),
        ("score<0.4", "crane"),
        ("score>0.3 score<0.9", ""),
        ("class:crane score<0.4", ""),
        ("class:boat score<0.4", "crane"),
        ("-score<0.4", "quay Ship pier"),
        ("source:human", "pier"),
        ("class:boat class:crane", "crane"),
    ],
)  # fmt: skip
def test_a_search_line_finds_exactly_what_it_says(line: str, expected: str, alice: Person, dataset: Dataset):
    assert [name.removesuffix(".png") for name in found(alice, dataset, q=line)] == expected.split()


@pytest.mark.usefixtures("boxes")
def test_parameters_mean_the_same_as_the_line(alice: Person, dataset: Dataset):
    boat = LabelClass.objects.get(name="boat")

    assert found(alice, dataset, "state=labeled&state=proposed") == ["Ship.png", "crane.png", "pier.png"]
    assert found(alice, dataset, "meta.iso>=400&split=train") == ["pier.png"]
    assert found(alice, dataset, "boxes>1") == ["crane.png"]
    assert found(alice, dataset, f"class={boat.id}&max_score=0.3") == ["crane.png"]
    assert found(alice, dataset, "min_score=0.95") == []
    assert found(alice, dataset, "archived=true") == ["gone.png"]
    assert found(alice, dataset, "state=&q=&class=") == ["quay.png", "Ship.png", "crane.png", "pier.png"]


@pytest.mark.parametrize(
    "query",
    [
        "password=x", "created_by__password=x", "created_by__email__startswith=a", "tenant=1", "_connector=OR",
        "ordering=created_by__password", "filter=x", "fields=all", "search=x", "sort=tenant__name", "sort=",
        "sort=--name", "state=blue", "state>new", "boxes=many", "boxes=1.5", "boxes>=nan", "width=1e999",
        "created=yesterday", "bytes>5XB", "bytes>.MB", "bytes=1.0005kB", "bytes>-1MB", "bytes>MB", "created=2026-13", "created=9999", "taken=0000", "uploader=alice", "phash=xyz",
        "meta=1", "meta.iso>=x", "q=meta.intrinsic:*", "q=meta.intrinsic.gps:*", "q=meta.intrinsic.gps.latitude>50", "archived=maybe", "archived=true,all", "q=archived:true,false", "q=-archived:all",
        "q=a:b", "q=state:", "class>x", "meta.a%00b=1", "text=a%00", "score~1", "%00=1", "q=meta.x:%22", "=x",
    ],
)  # fmt: skip
def test_what_nobody_may_ask_is_refused_with_a_hint(query: str, alice: Person, dataset: Dataset):
    answer = alice.api.get(f"{URL}?dataset={dataset.id}&{query}")

    assert answer.status_code == 400, query
    assert answer.json()["detail"].endswith(".")


@pytest.mark.usefixtures("images")
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("order", "quay Ship crane pier"),
        ("-order", "pier crane Ship quay"),
        ("newest", "pier crane Ship quay"),
        ("oldest", "quay Ship crane pier"),
        ("pixels", "quay Ship pier crane"),
        ("-pixels", "crane pier Ship quay"),
        ("boxes", "quay Ship pier crane"),
        ("-boxes", "crane pier Ship quay"),
        ("bytes", "quay Ship crane pier"),
        ("-bytes", "pier crane Ship quay"),
        ("score", "crane pier"),
        ("-score", "pier crane"),
        ("sharpness", "Ship quay"),
        ("-sharpness", "quay Ship"),
        ("brightness", "quay"),
    ],
)
def test_every_order_pages_forward_and_back(sort: str, expected: str, alice: Person, dataset: Dataset):
    url, pages = f"{URL}?dataset={dataset.id}&sort={sort}&limit=1", []
    while url:
        page = alice.api.get(url).json()
        pages.append(page["results"][0]["filename"].removesuffix(".png"))
        last, url = page, page["next"]

    assert sorted(pages) == sorted(expected.split())
    if sort not in ("pixels", "-pixels", "boxes", "-boxes"):
        assert pages == expected.split()
    if len(pages) > 1:
        before = alice.api.get(last["previous"]).json()["results"]
        assert before[0]["filename"].removesuffix(".png") == pages[-2]


def test_an_order_by_name_pages_through_equal_names(alice: Person, dataset: Dataset):
    seed_images(dataset, *({"filename": name} for name in ("b", "a", "b", "b", "c")))

    url, names = f"{URL}?dataset={dataset.id}&sort=name&limit=2", []
    while url:
        page = alice.api.get(url).json()
        names += [row["filename"] for row in page["results"]]
        url = page["next"]

    assert names == ["a", "b", "b", "b", "c"]


@pytest.mark.usefixtures("images")
def test_counts_of_each_facet_leave_its_own_choice_out(alice: Person, dataset: Dataset):
    url = f"/api/v1/datasets/{dataset.id}/facets"

    everything = alice.api.get(url).json()
    chosen = alice.api.get(f"{url}?state=labeled&split=train").json()

    assert everything["total"] == 4
    assert everything["facets"]["state"] == {
        "new": 1, "proposed": 1, "labeled": 2, "submitted": 0, "approved": 0, "changes_requested": 0,
    }  # fmt: skip
    assert everything["facets"]["split"] == {"train": 2, "val": 1, "test": 0, "none": 1}
    assert chosen["total"] == 1
    assert (chosen["facets"]["state"]["new"], chosen["facets"]["state"]["labeled"]) == (1, 1)
    assert chosen["facets"]["split"] == {"train": 1, "val": 1, "test": 0, "none": 0}


def test_windows_open_a_list_anywhere(alice: Person, dataset: Dataset):
    seed_images(
        dataset, *({"filename": f"{at:03}.png", "split": "val" if at % 2 else ""} for at in range(130))
    )
    url = f"/api/v1/datasets/{dataset.id}/windows?every=50"

    every, odd = alice.api.get(url).json(), alice.api.get(f"{url}&split=val&sort=-name").json()
    third = alice.api.get(f"{URL}?dataset={dataset.id}&limit=50&cursor={every['cursors'][1]}").json()[
        "results"
    ]
    query = f"split=val&sort=-name&limit=50&cursor={odd['cursors'][0]}"
    rest = alice.api.get(f"{URL}?dataset={dataset.id}&{query}").json()["results"]

    assert (every["total"], every["every"], len(every["cursors"])) == (130, 50, 2)
    assert [row["filename"] for row in third] == [f"{at:03}.png" for at in range(100, 130)]
    assert (odd["total"], len(odd["cursors"])) == (65, 1)
    assert [row["filename"] for row in rest] == [f"{at:03}.png" for at in range(29, 0, -2)]


@pytest.mark.parametrize(
    ("query", "place"),
    [("", 29), ("&sort=-order", 100), ("&sort=-name", 100), ("&split=val", 14), ("&q=name:1", None)],
)
def test_a_list_tells_where_a_picture_stands(query: str, place: int | None, alice: Person, dataset: Dataset):
    rows = ({"filename": f"{at:03}.png", "split": "val" if at % 2 else ""} for at in range(130))
    images = seed_images(dataset, *rows)
    url = f"/api/v1/datasets/{dataset.id}/windows?at={images[29].id}{query}"

    assert alice.api.get(url).json()["place"] == place
    assert alice.api.get(f"/api/v1/datasets/{dataset.id}/windows?at=1").status_code == 400


def test_a_stranger_s_search_finds_nothing_of_ours(charlie: Person, dataset: Dataset, images: list[Image]):
    assert charlie.api.get(f"{URL}?q=quay").json()["results"] == []
    assert charlie.api.get(f"{URL}?archived=all").json()["results"] == []
    assert charlie.api.get(f"{URL}?dataset={dataset.id}").status_code == 404


def test_keys_are_told_for_suggestions(alice: Person):
    told = alice.api.get("/api/v1/search/keys").json()

    keys = {row["key"]: row for row in told["keys"]}
    assert keys["split"] == {
        "key": "split",
        "hint": "split:train",
        "values": ["train", "val", "test", "none"],
    }
    assert {"class", "score", "meta", "archived"} <= keys.keys()
    assert told["sorts"][0] == {"sort": "order", "title": "Gallery order"}
