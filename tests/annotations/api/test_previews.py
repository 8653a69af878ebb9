import pytest
from PIL import Image as Picture

from annotations.models import LabelClass
from tests.annotations.api.worlds import draw, picture, proposal, quay
from tests.annotations.frozen import frozen
from tests.datasets.pictures import body_of, decoded, encoded, flag, located

pytestmark = pytest.mark.django_db
BOAT = (0, 114, 178)


def preview(person, image, query="", **headers):
    return person.api.get(f"/api/v1/images/{image.id}/preview{query}", headers=headers)


def has_boat(answer):
    drawn = decoded(answer).convert("RGB")
    return any(
        max(abs(a - b) for a, b in zip(pixel, BOAT, strict=True)) < 24 for pixel in drawn.get_flattened_data()
    )


@pytest.fixture
def grey(alice, dataset):
    return picture(alice, dataset, "grey.png", encoded(Picture.new("RGB", (600, 400), (120, 120, 120))))


@pytest.mark.parametrize(("query", "kind"), [("", "JPEG"), ("?format=jpeg", "JPEG"), ("?format=png", "PNG")])
def test_boxes_are_drawn_in_the_format_asked_for(query, kind, alice, grey):
    draw(alice, grey, x=100, y=100, w=200, h=100)

    answer = preview(alice, grey, query)

    assert answer.status_code == 200
    assert answer["Content-Type"] == f"image/{kind.lower()}"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith('inline; filename="grey.boxes.')
    shown = decoded(answer)
    assert (shown.format, shown.size) == (kind, (600, 400))
    assert max(abs(a - b) for a, b in zip(shown.convert("RGB").getpixel((100, 150)), BOAT, strict=True)) < 24


@pytest.mark.parametrize(("size", "expected"), [(64, (64, 43)), (300, (300, 200)), (4096, (600, 400))])
def test_size_is_that_of_the_longer_side_and_never_larger_than_the_picture(size, expected, alice, grey):
    assert decoded(preview(alice, grey, f"?size={size}")).size == expected


def test_a_large_preview_is_drawn_from_the_full_picture(alice, dataset):
    image = picture(alice, dataset, "wide.png", encoded(flag(3000, 200)))
    draw(alice, image, x=2900, y=100, w=80, h=80)

    shown = decoded(preview(alice, image, "?size=2048&format=png")).convert("RGB")

    assert shown.size == (2048, 137)
    assert shown.getpixel((round(2900 * 2048 / 3000), 96)) == BOAT


def test_the_picture_stands_upright_and_tells_no_place(alice, dataset):
    image = picture(alice, dataset, "turned.jpg", located("JPEG", orientation=6))

    data = body_of(preview(alice, image))

    assert b"Canary" not in data
    assert b"Exif" not in data
    assert decoded(preview(alice, image)).size == (192, 384)


def test_states_and_scores_choose_what_is_drawn(alice, grey):
    proposal(alice, grey, 0.5, x=100, y=100, w=200, h=100)
    draw(alice, grey, state="rejected", x=300, y=300, w=50, h=50)

    drawn = {
        query: has_boat(preview(alice, grey, f"?format=png&{query}"))
        for query in ("", "states=proposed", "states=accepted", "min_score=0.5", "min_score=0.6")
    }

    assert drawn == {
        "": True,
        "states=proposed": True,
        "states=accepted": False,
        "min_score=0.5": True,
        "min_score=0.6": False,
    }


@pytest.mark.parametrize(
    "query",
    [
        "size=63",
        "size=4097",
        "size=x",
        "size=-1",
        "size=1e3",
        "size=",
        "format=gif",
        "states=rejected",
        "states=",
        "min_score=2",
    ],
)
def test_strange_questions_are_refused(query, alice, grey):
    answer = preview(alice, grey, f"?{query}")

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_the_etag_changes_with_every_edit_and_every_class(alice, grey):
    first = preview(alice, grey)
    same = preview(alice, grey, if_none_match=first["ETag"])
    draw(alice, grey)
    edited = preview(alice, grey, if_none_match=first["ETag"])
    LabelClass.objects.filter(name="boat").update(color="#ff0000")
    painted = preview(alice, grey, if_none_match=edited["ETag"])

    assert (same.status_code, body_of(same)) == (304, b"")
    assert (edited.status_code, painted.status_code) == (200, 200)
    assert (
        len({first["ETag"], edited["ETag"], painted["ETag"], preview(alice, grey, "?size=64")["ETag"]}) == 4
    )


def test_strangers_find_nothing_and_viewers_see(alice, vic, charlie, grey):
    assert preview(vic, grey).status_code == 200
    assert preview(charlie, grey).status_code == 404
    assert charlie.browser.get(f"/images/{grey.id}/preview/").status_code == 404


def test_media_is_an_alias(alice, grey):
    assert alice.api.get(f"/api/v1/media/{grey.id}/preview").status_code == 200


def test_the_page_lists_the_boxes_and_leads_on(alice, dataset):
    first, second, _ = quay(alice, dataset)
    draw(alice, first, None)

    page = alice.browser.get(f"/images/{first.id}/preview/?states=accepted,proposed&size=512")

    text = page.content.decode()
    assert page.status_code == 200
    assert f'src="/api/v1/images/{first.id}/preview?size=512&amp;states=accepted%2Cproposed"' in text
    assert f'href="/images/{second.id}/preview/?size=512&amp;states=accepted%2Cproposed"' in text
    assert f'href="/images/{first.id}/"' in text
    assert "5 boxes" in text
    assert [word in text for word in ("crane", "0.90", "0.30", "No class", "A model", "1 of 3")] == [True] * 6


def test_the_page_of_a_picture_without_boxes_says_what_to_do(alice, grey):
    text = alice.browser.get(f"/images/{grey.id}/preview/").content.decode()

    assert "Draw some in the editor" in text
    assert 'rel="prev"' not in text
    assert 'rel="next"' not in text


def test_a_strange_question_to_the_page_is_a_page_too(alice, grey):
    answer = alice.browser.get(f"/images/{grey.id}/preview/?size=9")

    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("text/html")


def test_the_page_shows_a_long_list_in_part(alice, grey, monkeypatch):
    from annotations.views import preview as view

    monkeypatch.setattr(view, "MOST_ROWS", 2)
    for _ in range(4):
        draw(alice, grey)

    text = alice.browser.get(f"/images/{grey.id}/preview/").content.decode()

    assert text.count('data-label="State"') == 2
    assert "2 more boxes are in the picture" in text


def test_a_version_is_drawn_as_it_was(alice, dataset, grey):
    frozen(alice, dataset)
    draw(alice, grey, x=100, y=100, w=200, h=100)
    frozen(alice, dataset)
    later = picture(alice, dataset, "later.png", encoded(Picture.new("RGB", (60, 40))))

    first, second = preview(alice, grey, "?version=1"), preview(alice, grey, "?version=2")

    assert (has_boat(first), has_boat(second), has_boat(preview(alice, grey))) == (False, True, True)
    assert first["ETag"] != second["ETag"]
    refused = preview(alice, later, "?version=1")
    assert (refused.status_code, refused.json()["code"]) == (422, "not_in_version")
    assert preview(alice, grey, "?version=9").json()["code"] == "no_such_version"
    assert preview(alice, grey, "?version=x").status_code == 400
