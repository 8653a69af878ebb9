import pytest

from modelship.jobs.registry import kind_named, kind_names, register
from tests.modelship.jobs.kinds import broken, flaky


def test_a_registered_kind_is_found_with_its_title():
    register("test.flaky", flaky, title="Test of flaky")

    assert kind_named("test.flaky").title == "Test of flaky"
    assert kind_named("test.flaky").max_attempts == 3
    assert "test.flaky" in kind_names()


def test_another_handler_for_a_known_kind_is_refused():
    with pytest.raises(ValueError, match=r"test\.flaky is already registered"):
        register("test.flaky", broken, title="Other")

    assert kind_named("test.flaky").handler is flaky


def test_an_unknown_kind_is_a_lookup_error():
    with pytest.raises(LookupError, match=r"test\.unheard"):
        kind_named("test.unheard")


def test_a_kind_that_may_never_be_tried_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        register("test.never", flaky, title="Never", max_attempts=0)
