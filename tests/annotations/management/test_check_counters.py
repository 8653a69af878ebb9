"""`manage.py check_counters`: finds pictures whose counters are wrong, and puts them right when told to."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotations.actions.apply_edits import apply_edits
from annotations.counter_queries import Counters, miscounts
from datasets.models import Image
from modelship.accounts.actors import Actor
from tests.live_clients import add

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored(picture: Image, robot: Actor) -> Image:
    proposals = [add(score=score, source="model", state="proposed") for score in (0.7, 0.2)]
    apply_edits(picture.id, proposals, actor=robot)
    return picture


def test_what_the_write_path_wrote_is_right(scored: Image):
    out = StringIO()

    call_command("check_counters", stdout=out)

    assert out.getvalue() == "Looked at 1 pictures, found 0 wrong.\n"


def test_what_went_past_it_is_told_and_left_alone(scored: Image):
    Image.objects.update(box_count=9, lowest_score=0.9)

    with pytest.raises(CommandError, match="1 of 1 pictures are miscounted"):
        call_command("check_counters", stdout=StringIO())

    (found,) = miscounts(Image.objects.all())
    assert (found.stored, found.true) == (Counters(9, 2, 0.9, 0.7), Counters(2, 2, 0.2, 0.7))


def test_repairing_makes_them_right(scored: Image):
    Image.objects.update(box_count=0, proposed_count=5, lowest_score=None, highest_score=None)

    call_command("check_counters", "--repair", stdout=StringIO())

    scored.refresh_from_db()
    assert (scored.box_count, scored.proposed_count) == (2, 2)
    assert (scored.lowest_score, scored.highest_score) == (0.2, 0.7)
    assert miscounts(Image.objects.all()) == []
