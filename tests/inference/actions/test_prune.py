"""Known answers are forgotten by age and by number, each endpoint's for itself."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import override_settings

from inference.actions.ask import Asking, Thing
from inference.actions.prune import prune_answers
from inference.language.asking import Question
from inference.models import LanguageAnswer
from modelship.lib.clock import now
from tests.inference.language.conftest import *  # noqa: F403
from tests.inference.language.conftest import make_endpoint

pytestmark = pytest.mark.django_db


def known(endpoint, *ages: int) -> None:
    """Answers of so many days ago, each called by its age and place."""
    LanguageAnswer.objects.bulk_create(
        LanguageAnswer(
            endpoint=endpoint,
            digest=f"{at:064}",
            label=f"{days}.{at}",
            confidence=1,
            confidence_from="stated",
            created_at=now() - timedelta(days=days),
        )
        for at, days in enumerate(ages)
    )


def labels(endpoint) -> list[str]:
    return sorted(LanguageAnswer.objects.filter(endpoint=endpoint).values_list("label", flat=True))


@override_settings(MODELSHIP_LANGUAGE_ANSWER_DAYS=10)
def test_what_is_too_old_is_forgotten(endpoint):
    known(endpoint, 9, 11, 400)

    assert prune_answers(endpoint) == 2
    assert labels(endpoint) == ["9.0"]


@pytest.mark.parametrize(("most", "left"), [(3, ["1.0", "1.1", "2.2"]), (0, []), (9, None)])
def test_of_too_many_the_newest_stay(endpoint, alice, reachable, most, left):
    other = make_endpoint(alice, reachable, name="Other")
    known(endpoint, 1, 1, 2, 3, 3)
    known(other, 1, 1)
    everything = labels(endpoint)

    with override_settings(MODELSHIP_LANGUAGE_ANSWERS=most):
        forgotten = prune_answers(endpoint)

    assert labels(endpoint) == (everything if left is None else left)
    assert forgotten == len(everything) - len(labels(endpoint))
    assert len(labels(other)) == 2


def test_answers_of_one_moment_are_cut_at_the_number_too(endpoint):
    known(endpoint, 1, 1, 1, 1)
    LanguageAnswer.objects.update(created_at=now())

    with override_settings(MODELSHIP_LANGUAGE_ANSWERS=2):
        assert prune_answers(endpoint) == 2


@override_settings(MODELSHIP_LANGUAGE_ANSWERS=1)
def test_a_job_leaves_no_more_than_may_be_kept(endpoint):
    things = [Thing.of_text(text, text) for text in ("a boat", "a crane", "a buoy")]

    list(Asking(endpoint, Question(("boat", "crane"))).replies(things))

    assert LanguageAnswer.objects.count() == 1


@override_settings(MODELSHIP_LANGUAGE_ANSWER_DAYS=1)
def test_an_answer_that_was_asked_for_anew_is_young_again(endpoint):
    things, question = [Thing.of_text("a", "a boat")], Question(("boat", "crane"))
    list(Asking(endpoint, question).replies(things))
    LanguageAnswer.objects.update(created_at=now() - timedelta(days=9))

    list(Asking(endpoint, question, uses_cache=False).replies(things))

    assert LanguageAnswer.objects.count() == 1


def test_the_start_of_a_server_forgets_too(endpoint, settings, tmp_path):
    settings.STATIC_ROOT, settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "static", tmp_path
    known(endpoint, 1, 400)

    call_command("prepare", verbosity=0)

    assert labels(endpoint) == ["1.0"]
