"""What holds for every kind of source, against a real server that speaks its protocol."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina

from datasets.sources import SOURCES
from datasets.sources.base import Changed
from modelship.lib.errors import BadRequest, Problem, TooLarge
from tests.datasets.sources.places import KEYS, PLACES, Place
from tests.datasets.sources.servers.site import REMOTE_WORDS, SECRET


@pytest.fixture(scope="module", params=list(PLACES))
def place(request: Any, tmp_path_factory: Any) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    with PLACES[request.param](folder) as place:
        yield place


@pytest.fixture(autouse=True)
def quick_retries() -> Iterator[None]:
    stamina.set_testing(True, attempts=2)
    yield
    stamina.set_testing(False)


@pytest.fixture(autouse=True)
def files(place: Place) -> None:
    for number, key in enumerate(KEYS):
        place.files[key] = bytes([number]) * (1000 + number)


def fetched(reader: Any, entry: Any) -> bytes:
    sink = io.BytesIO()
    reader.fetch(entry, sink)
    return sink.getvalue()


def test_every_kind_has_a_server_here():
    # An archive lies in one of them: test_archive.py.
    assert sorted([*PLACES, "archive"]) == sorted(kind.name for kind in SOURCES)


def test_lists_every_file_of_every_page_and_reads_its_bytes(place: Place):
    with place.opened() as reader:
        entries = {entry.key: entry for entry in reader.entries()}

        assert sorted(entries) == sorted(map(place.key, KEYS))
        for number, key in enumerate(KEYS):
            entry = entries[place.key(key)]
            assert entry.size == 1000 + number
            assert fetched(reader, entry) == bytes([number]) * entry.size
            assert reader.look(entry.key) == entry


def test_a_file_that_changed_since_it_was_listed_is_noticed_and_not_read(place: Place):
    with place.opened() as reader:
        entry = next(entry for entry in reader.entries() if entry.key == place.key("a.png"))
        place.files["a.png"] = b"other bytes"

        with pytest.raises(Changed):
            fetched(reader, entry)

        again = reader.look(entry.key)
        assert again != entry
        assert fetched(reader, again) == b"other bytes"


def test_a_file_that_is_gone_is_noticed(place: Place):
    with place.opened() as reader:
        entry = next(entry for entry in reader.entries() if entry.key == place.key("e.png"))
        del place.files["e.png"]

        with pytest.raises((Changed, Problem)) as refusal:
            fetched(reader, entry)

        assert isinstance(refusal.value, Changed) or place.kind == "http"


def test_no_more_than_allowed_is_read(place: Place):
    with place.opened(max_bytes=500) as reader:
        entry = next(iter(reader.entries()))

        with pytest.raises(TooLarge):
            fetched(reader, entry)


def test_only_the_folder_that_was_asked_for_is_listed(place: Place):
    if place.kind in ("local", "http"):
        pytest.skip("It has no prefix of its own.")

    with place.opened(prefix="deep/") as reader:
        found = sorted(entry.key for entry in reader.entries())

    inside = [key for key in KEYS if key.startswith("deep/")]
    assert found == sorted(inside)


def test_a_place_that_the_operator_does_not_allow_hears_nothing(place: Place):
    if place.kind == "local":
        pytest.skip("A folder is not called.")
    heard = getattr(place.site, "asked", [])
    before, allow = len(heard), place.allow
    place.allow = []
    try:
        with pytest.raises(BadRequest) as refusal, place.opened() as reader:
            list(map(fetched, [reader] * 9, reader.entries()))
    finally:
        place.allow = allow

    assert refusal.value.code in ("address_denied", "not_encrypted")
    assert len(heard) == before


@pytest.mark.parametrize("secret", ["access_token", "sas", "password"])
def test_wrong_credentials_are_told_without_a_word_of_the_other_side(place: Place, secret: str):
    if secret not in place.values:
        pytest.skip("This kind has no such secret.")

    with pytest.raises(Problem) as refusal, place.opened(**{secret: "sig=wrong"}) as reader:
        list(reader.entries())

    assert refusal.value.code == "credentials_refused"
    assert REMOTE_WORDS not in str(refusal.value.as_dict())
    assert SECRET not in str(refusal.value.as_dict())


def test_a_server_in_trouble_is_told_as_something_that_may_heal(place: Place):
    if not hasattr(place.site, "down"):
        pytest.skip("This server is not ours to break.")
    if place.kind == "http":
        pytest.skip("Single addresses fail one by one.")
    place.site.down = True
    try:
        with pytest.raises(Problem) as refusal, place.opened() as reader:
            list(reader.entries())
    finally:
        place.site.down = False

    assert refusal.value.status == 503
    assert REMOTE_WORDS not in str(refusal.value.as_dict())


def test_one_address_that_fails_is_one_file_that_fails(tmp_path: Path):
    with PLACES["http"](tmp_path) as place:
        place.files["a.png"] = b"here"
        with place.opened() as reader:
            entries = {entry.key: entry for entry in reader.entries()}

            assert len(entries) == len(KEYS)
            assert fetched(reader, entries[place.key("a.png")]) == b"here"
            with pytest.raises(Problem) as refusal:
                fetched(reader, entries[place.key("e.png")])

    assert (refusal.value.code, refusal.value.extra["answered"]) == ("download_refused", 404)


def test_a_web_that_is_away_is_told_after_a_few_addresses(tmp_path: Path):
    with PLACES["http"](tmp_path) as place:
        place.site.down = True
        urls = "\n".join(f"{place.site.url}/{number}.png" for number in range(50))

        with pytest.raises(Problem) as refusal, place.opened(urls=urls) as reader:
            list(reader.entries())

        assert (refusal.value.status, len(place.site.asked)) == (503, 8)
