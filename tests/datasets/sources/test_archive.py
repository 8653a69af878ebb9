"""An archive is a source: its members are files, wherever it lies, and nothing in it gets further than it may."""

import io
import os
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from datasets.archives import Limits
from datasets.sources import source_kind
from datasets.sources.base import Changed, Outside
from modelship.lib.errors import BadRequest, Problem, TooLarge
from modelship.lib.outbound import Policy
from tests.datasets.sources.places import PLACES, Place
from tests.datasets.sources.test_each_kind import fetched
from tests.datasets.uploads import tarred, zipped

MEMBERS = (("a.png", b"a" * 1000), ("deep/ü b.png", b"b" * 70_000), ("empty.png", b""))
PACKED = {
    "quay.zip": zipped(*MEMBERS),
    "quay.tar": tarred(*MEMBERS, mode="w"),
    "quay.tgz": tarred(*MEMBERS, mode="w:gz"),
    "quay.tar.bz2": tarred(*MEMBERS, mode="w:bz2"),
    "quay.tar.xz": tarred(*MEMBERS, mode="w:xz"),
}
TOLD_BY_PATH = ("folder", "urls", "prefix")


def within(folder: Path, **limits: int) -> Outside:
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    return Outside(folders=(str(folder),), temporary=str(temporary), limits=Limits(**limits))


def opened(folder: Path, data: bytes, outside: Outside | None = None, **values: str):
    (folder / "quay").write_bytes(data)
    config = {"place": "local", "path": str(folder / "quay"), **values}
    return source_kind("archive").open(config, outside or within(folder))


def refused(folder: Path, data: bytes, **limits: int) -> str:
    with pytest.raises(Problem) as refusal, opened(folder, data, within(folder, **limits)) as reader:
        list(reader.entries())
    assert refusal.value.status == 422
    return refusal.value.code


def member_refused(folder: Path, data: bytes, key: str) -> str:
    with opened(folder, data) as reader:
        entry = next(entry for entry in reader.entries() if entry.key == key)
        with pytest.raises(Problem) as refusal:
            fetched(reader, entry)
    assert refusal.value.status == 422
    return refusal.value.code


def path_in(place: Place, key: str) -> str:
    if place.kind == "local":
        return f"{place.values['folder']}/{key}"
    return f"{place.site.url}/{key}" if place.kind == "http" else key


@pytest.mark.parametrize("kind", list(PLACES))
def test_it_may_lie_in_a_place_of_any_kind(kind: str, tmp_path: Path):
    with PLACES[kind](tmp_path) as place:
        place.files["deep/ü b.zip"] = PACKED["quay.zip"]
        kept = {name: value for name, value in place.values.items() if name not in TOLD_BY_PATH}
        config = {"place": kind, "path": path_in(place, "deep/ü b.zip"), **kept}
        outside = replace(within(tmp_path), policy=Policy.allowing(place.allow))

        with source_kind("archive").open(config, outside) as reader:
            entries = {entry.key: entry for entry in reader.entries()}

            assert {key: fetched(reader, entry) for key, entry in entries.items()} == dict(MEMBERS)


@pytest.mark.parametrize("name", list(PACKED))
def test_members_are_read_in_any_order_and_by_many_threads(name: str, tmp_path: Path):
    with opened(tmp_path, PACKED[name]) as reader:
        entries = {entry.key: entry for entry in reader.entries()}
        assert [entries[key].size for key, _ in MEMBERS] == [1000, 70_000, 0]
        assert all(entry.etag for entry in entries.values())
        wanted = [*reversed(MEMBERS), *MEMBERS] * 5

        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda one: fetched(reader, entries[one[0]]), wanted))

    assert found == [data for _, data in wanted]
    assert os.listdir(tmp_path / "temporary") == []


@pytest.mark.parametrize("name", list(PACKED))
def test_the_same_archive_lists_the_same_and_other_bytes_are_noticed(name: str, tmp_path: Path):
    mode = {"quay.tar": "w", "quay.tgz": "w:gz", "quay.tar.bz2": "w:bz2", "quay.tar.xz": "w:xz"}.get(name)
    other = (("a.png", b"A" * 1000), *MEMBERS[1:])
    changed = tarred(*other, mode=mode) if mode else zipped(*other)

    with opened(tmp_path, PACKED[name]) as first, opened(tmp_path, PACKED[name]) as second:
        before = list(first.entries())
        assert before == list(second.entries())
    with opened(tmp_path, changed) as reader:
        # Same name, size and time.
        assert reader.look("a.png").etag != before[0].etag
        with pytest.raises(Changed):
            fetched(reader, before[0])
        assert fetched(reader, reader.look("a.png")) == b"A" * 1000
        assert reader.look("gone.png") is None


def test_names_are_as_other_places_would_have_them_and_hidden_files_are_left_out(tmp_path: Path):
    names = ["./a.png", "./deep/./b.png", "deep//c.png", "__MACOSX/._a.png", ".DS_Store", "deep/.x.png"]

    with opened(tmp_path, tarred(*((name, b"x") for name in names))) as reader:
        assert [entry.key for entry in reader.entries()] == ["a.png", "deep/b.png", "deep/c.png"]
    with opened(tmp_path, zipped(("deep\\d.png", b"x"))) as reader:
        assert [entry.key for entry in reader.entries()] == ["deep/d.png"]


@pytest.mark.parametrize("name", ["../out.png", "deep/../../out.png", "/etc/out.png", "C:/out.png"])
def test_a_name_that_leads_out_is_refused_and_told(name: str, tmp_path: Path):
    for data in (zipped((name, b"x")), tarred((name, b"x"))):
        assert member_refused(tmp_path, data, name) == "unsafe_path"


def test_what_is_wrong_with_one_member_is_told_of_it_alone(tmp_path: Path):
    link = tarfile.TarInfo("link.png")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    tar = tarred(("link.png", link), ("a.png", b"x"), ("inner.zip", zipped(("a.png", b"x"))), ("A.png", b"y"))

    assert member_refused(tmp_path, tar, "link.png") == "not_a_file"
    assert member_refused(tmp_path, tar, "inner.zip") == "nested_archive"
    assert member_refused(tmp_path, tar, "A.png") == "duplicate_name"
    twice = tarred(("a.png", b"x"), ("a.png", b"y"))
    assert member_refused(tmp_path, twice, "a.png#1") == "duplicate_name"
    with opened(tmp_path, tar) as reader:
        assert fetched(reader, reader.look("a.png")) == b"x"


def test_a_member_that_is_damaged_is_told_and_the_others_are_read(tmp_path: Path):
    data = zipped(("a.png", b"hello"), ("b.png", b"world"), compression=zipfile.ZIP_STORED)

    torn = data.replace(b"hello", b"hullo")

    assert member_refused(tmp_path, torn, "a.png") == "corrupt"
    with opened(tmp_path, torn) as reader:
        assert fetched(reader, reader.look("b.png")) == b"world"


@pytest.mark.parametrize("name", list(PACKED))
def test_an_archive_that_is_cut_off_is_refused_as_a_whole(name: str, tmp_path: Path):
    assert refused(tmp_path, PACKED[name][: len(PACKED[name]) // 2]) == "corrupt"


def test_what_is_no_archive_is_told(tmp_path: Path):
    assert refused(tmp_path, b"not an archive") == "not_an_archive"
    assert refused(tmp_path, b"") == "not_an_archive"


@pytest.mark.parametrize("packed", [zipped, tarred])
def test_bombs_do_not_go_off(packed, tmp_path: Path):
    bomb = packed(("a.png", b"\0" * (20 << 20)))

    assert refused(tmp_path, bomb, ratio=10, grace=1 << 20) == "archive_too_large"
    assert refused(tmp_path, bomb, total_bytes=10 << 20) == "archive_too_large"
    many = packed(*((f"{number}.png", b"") for number in range(30)))
    assert refused(tmp_path, many, entries=29) == "too_many_entries"
    assert os.listdir(tmp_path / "temporary") == []


def test_a_zip_that_lies_about_its_sizes_ends_at_the_limit(tmp_path: Path):
    honest = zipped(("a.png", b"\0" * (8 << 20)))
    lying = honest.replace((8 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little"))

    tight = within(tmp_path, total_bytes=1 << 20)
    with pytest.raises(Problem) as refusal, opened(tmp_path, lying, tight) as reader:
        fetched(reader, next(reader.entries()))

    assert refusal.value.code in ("corrupt", "archive_too_large")


def test_no_more_than_allowed_is_fetched(tmp_path: Path):
    small = replace(within(tmp_path), max_archive_bytes=100)
    with pytest.raises(TooLarge), opened(tmp_path, PACKED["quay.zip"], small) as reader:
        list(reader.entries())
    short = replace(within(tmp_path), max_bytes=500)
    with pytest.raises(TooLarge), opened(tmp_path, PACKED["quay.zip"], short) as reader:
        fetched(reader, reader.look("a.png"))
    assert os.listdir(tmp_path / "temporary") == []


def test_an_archive_that_changes_while_it_is_read_changes_nothing_of_this_run(tmp_path: Path):
    with opened(tmp_path, PACKED["quay.zip"]) as reader:
        entries = list(reader.entries())
        (tmp_path / "quay").write_bytes(b"other")

        assert fetched(reader, entries[0]) == b"a" * 1000


def test_a_path_where_there_is_none_is_told(tmp_path: Path):
    config = {"place": "local", "path": str(tmp_path / "none.zip")}
    with pytest.raises(Problem) as refusal, source_kind("archive").open(config, within(tmp_path)) as reader:
        list(reader.entries())

    assert (refusal.value.code, refusal.value.extra["field"]) == ("source_not_found", "path")


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"place": "s3", "path": "a.zip"}, "bucket"),
        ({"place": "azure", "path": "a.zip", "account": "a"}, "container"),
        ({"place": "sftp", "path": "a.zip", "host": "files.example.com"}, "user"),
        ({"place": "s3", "path": "/", "bucket": "b"}, "path"),
        ({"place": "local", "path": "/srv/"}, "path"),
    ],
)
def test_what_the_place_has_to_be_told_is_asked_for(config: dict, field: str, tmp_path: Path):
    with pytest.raises(BadRequest) as refusal:
        source_kind("archive").judge(config, replace(within(tmp_path), folders=("/",)))

    assert refusal.value.extra["field"] == field


def test_memory_does_not_hold_the_members(tmp_path: Path):
    """What is listed and read is copied in pieces: the largest piece read at once stays small."""
    sizes: list[int] = []

    class Sink(io.BytesIO):
        def write(self, piece) -> int:
            sizes.append(len(piece))
            return len(piece)

    data = tarred(("a.png", os.urandom(5 << 20)), mode="w:gz")
    with opened(tmp_path, data) as reader:
        reader.fetch(next(reader.entries()), Sink())

    assert sum(sizes) == 5 << 20
    assert max(sizes) <= 1 << 20
