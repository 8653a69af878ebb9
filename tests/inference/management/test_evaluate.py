"""`manage.py evaluate`: a table and a floor, measured on ports that nobody has seen."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from inference.trial import views


def evaluated(**options) -> str:
    out = StringIO()
    call_command("evaluate", stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_fifty_views_are_of_all_sizes_and_always_the_same():
    sizes = [(view.width, view.height) for view in views(50)]

    assert views(50) == views(50)
    assert len({view.seed for view in views(50)}) == 50
    assert sizes.count((1280, 960)) == 14
    assert sizes.count((6000, 4000)) == 6


def test_the_table_tells_whole_and_sliced(db):
    told = json.loads(evaluated(scenes=1, json=True))

    assert told["all"]["scenes"] == 1
    assert told["all"]["things"] > 20
    assert told["sizes"].keys() == {"1280x960"}
    assert told["all"]["whole"]["ap50"] > 0.5
    assert 0 < told["all"]["sliced"]["ap"] < told["all"]["sliced"]["ap50"] <= 1


def test_below_the_floor_it_fails(db):
    with pytest.raises(CommandError, match=r"below 1\.000"):
        evaluated(scenes=1, floor=1.0)


@pytest.mark.parametrize(
    ("options", "words"), [({"scenes": 0}, "one scene"), ({"model": "nobody"}, "No detector called nobody")]
)
def test_what_can_not_be_measured_is_said(db, options, words):
    with pytest.raises(CommandError, match=words):
        evaluated(**options)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_slices_win_clearly_on_large_pictures(db):
    """Ten ports of the mixture, the largest among them; the whole table stands in the model's card."""
    told = json.loads(evaluated(scenes=10, json=True, floor=0.8))

    large = told["sizes"]["6000x4000"]
    assert large["sliced"]["ap50"] > 3 * large["whole"]["ap50"]
