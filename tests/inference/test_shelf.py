"""Models stay open as far as memory goes: the longest unused leave, those in use never do."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import override_settings

from inference import warm
from inference.options import DetectOptions
from inference.shelf import CHILD_BYTES, Shelf
from tests.data import shared_data
from tests.inference.installed import drawn, put_in_place

MIB = 1 << 20


class Thing:
    """Something that is open, says what it takes, and remembers that it was closed."""

    def __init__(self, held: int) -> None:
        self.held_bytes, self.is_closed = held, False

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def shelf():
    return Shelf(lambda: 100 * MIB + CHILD_BYTES)


def use(shelf, name, held=40 * MIB, size=0):
    with shelf.lent(name, lambda: Thing(held), size=size) as thing:
        return thing


def test_the_longest_unused_makes_room(shelf):
    first, second = use(shelf, "a"), use(shelf, "b")
    assert use(shelf, "a") is first
    use(shelf, "c")

    third = use(shelf, "d")

    assert (first.is_closed, second.is_closed, third.is_closed) == (False, True, False)
    assert shelf.keys == ["a", "c", "d"]
    assert (shelf.stock.count, shelf.stock.bytes) == (3, 120 * MIB)


def test_room_is_made_before_a_model_is_opened(shelf):
    old = use(shelf, "a", held=60 * MIB)

    with shelf.lent("b", lambda: Thing(1), size=50 * MIB):
        assert old.is_closed
        assert shelf.stock.bytes == CHILD_BYTES + 50 * MIB


def test_one_in_use_stays_whatever_it_takes(shelf):
    with shelf.lent("a", lambda: Thing(500 * MIB), size=0) as ours:
        use(shelf, "b")
        with shelf.lent("a", lambda: Thing(0), size=0) as again:
            assert again is ours
        assert shelf.keys == ["a"]
        assert not ours.is_closed
    assert ours.is_closed
    assert shelf.stock.bytes == 0


def test_what_grows_is_noticed_by_the_next_use(shelf, monkeypatch):
    old, grown = use(shelf, "a"), use(shelf, "b")
    grown.held_bytes = 140 * MIB
    use(shelf, "b")
    assert shelf.stock.bytes == 80 * MIB

    monkeypatch.setattr("inference.shelf.MEASURED_EVERY", 0.0)
    use(shelf, "b")

    assert old.is_closed
    assert shelf.stock.bytes == 140 * MIB


def test_however_small_they_are_not_all_stay():
    shelf = Shelf(lambda: 1 << 40, most=3)

    things = [use(shelf, number, held=0) for number in range(5)]

    assert [thing.is_closed for thing in things] == [True, True, False, False, False]


def test_many_threads_never_get_a_closed_one():
    shelf = Shelf(lambda: 90 * MIB)
    start = threading.Barrier(8)

    def use_many(seed: int) -> bool:
        start.wait()
        good = True
        for number in range(300):
            with shelf.lent((seed * 7 + number) % 5, lambda: Thing(40 * MIB), size=0) as thing:
                good = good and not thing.is_closed
        return good

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(use_many, range(8)))
    assert shelf.stock.bytes <= 90 * MIB


def numbered():
    return (("job", number) for number in range(1, 9))


def test_one_that_is_lent_alone_is_nobody_else_s_meanwhile_and_kept_for_the_next(shelf):
    with (
        shelf.lent_alone(numbered(), lambda: Thing(10 * MIB), size=0) as first,
        shelf.lent_alone(numbered(), lambda: Thing(10 * MIB), size=0) as second,
    ):
        assert first is not second
    with shelf.lent_alone(numbered(), lambda: Thing(10 * MIB), size=0) as again:
        assert again is first

    assert (shelf.stock.count, first.is_closed, second.is_closed) == (2, False, False)


def test_one_that_was_left_in_the_middle_is_closed_and_not_kept(shelf):
    with pytest.raises(KeyError), shelf.lent_alone(numbered(), lambda: Thing(10 * MIB), size=0) as left:
        raise KeyError

    assert (shelf.stock.count, left.is_closed) == (0, True)


@pytest.fixture
def real(acme):
    """Two detectors with real weights."""
    names = ("yolox_nano", "deimv2_hgnetv2_femto_coco")
    return [put_in_place(shared_data(f"models/{name}.onnx"), name, acme) for name in names]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is measured on Linux")
@pytest.mark.django_db
def test_real_models_take_what_the_system_says_and_leave_by_it(real, acme):
    picture = shared_data("detection/sahi/small-vehicles1.jpeg")

    def look(model) -> int:
        with warm.warm_detection(acme.id, model) as detection:
            assert detection.look(picture, DetectOptions()).found
        return detection.held_bytes

    with override_settings(MODELSHIP_INFERENCE_MEMORY_BYTES=1 << 40):
        taken = [look(model) for model in real]
        both = warm._shelf.stock
    with override_settings(MODELSHIP_INFERENCE_MEMORY_BYTES=sum(taken) * 3 // 4):
        look(real[0])
        squeezed = warm._shelf.keys

    # Libraries, weights, arenas and the picture; as one of the two shares its libraries with the other.
    assert all(CHILD_BYTES // 2 < held < 400 * MIB for held in taken)
    assert (both.count, both.bytes) == (2, pytest.approx(sum(taken), rel=0.3))
    assert [key[:2] for key in squeezed] == [(acme.id, real[0].id)]


@pytest.mark.django_db
def test_a_model_in_the_service_takes_no_memory_here(by_service, thing, alice):
    with warm.warm_detection(alice.tenant.id, thing):
        pass

    assert (warm._shelf.stock.count, warm._shelf.stock.bytes) == (1, 0)


@pytest.mark.django_db
def test_a_setting_of_next_to_nothing_still_lets_everybody_look(thing, tiny, alice, tmp_path):
    other = put_in_place(tiny, "other", alice.tenant)
    (tmp_path / "p.png").write_bytes(drawn())
    with override_settings(MODELSHIP_INFERENCE_MEMORY_BYTES=1):
        for model in (thing, other, thing):
            with warm.warm_detection(alice.tenant.id, model) as detection:
                assert detection.look(tmp_path / "p.png", DetectOptions()).found

    assert warm._shelf.keys == []
