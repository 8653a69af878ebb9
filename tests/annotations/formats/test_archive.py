import io
import subprocess
import zipfile

import pytest

from annotations.formats import archive as module
from annotations.formats.archive import MANIFEST, Archive
from annotations.formats.desk import Desk
from tests.annotations.formats.samples import members, parsed

TEXTS = {f"labels/{number}.txt": b"0 0.5 0.5 0.25 0.25\n" * number for number in range(40)}


def packed(folder, files, large=()) -> bytes:
    """An archive of these members, and of those that come as files."""
    folder.mkdir(exist_ok=True)
    with Desk(folder) as desk:
        archive = Archive(desk)
        for name, data in files.items():
            if name in large:
                archive.add_file(name, io.BytesIO(data))
            else:
                archive.add(name, data)
        archive.finish()
        desk.flush()
        return desk.result.read_bytes()


def test_members_come_back_with_their_names_rights_and_moment(tmp_path):
    files = {
        **TEXTS,
        "Grüße/ü.txt": b"x" * 1000,
        "a.jpg": b"stored " * 100,
        "annotations.json": b"[1]" * 9999,
    }

    data = packed(tmp_path, files, large=("a.jpg", "annotations.json"))

    found = members(data)
    manifest = parsed(found.pop(MANIFEST))
    assert found == files
    assert [(row["name"], row["bytes"]) for row in manifest["files"]] == [
        (name, len(body)) for name, body in files.items()
    ]
    with zipfile.ZipFile(io.BytesIO(data)) as read:
        one = read.getinfo("a.jpg")
        assert (one.date_time, one.external_attr >> 16, one.compress_type) == (
            (1980, 1, 1, 0, 0, 0),
            0o100644,
            zipfile.ZIP_STORED,
        )


def test_a_member_has_the_same_bytes_whatever_came_before_it(tmp_path):
    """Somebody who goes on begins with a new packer, and nothing may tell."""
    alone = packed(tmp_path / "alone", {"b.txt": b"boat quay boat quay crane"})
    after = packed(tmp_path / "after", {**TEXTS, "b.txt": b"boat quay boat quay crane"})

    def raw(data: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(data)) as read:
            one = read.getinfo("b.txt")
        start = one.header_offset + 30 + len("b.txt")
        return data[one.header_offset : start + one.compress_size]

    assert raw(after) == raw(alone)


@pytest.mark.parametrize("most", [100, 1_000, 3_000])
def test_large_archives_have_fields_of_64_bits(most, tmp_path, monkeypatch):
    """Four gigabytes and 65,535 members are only numbers: with smaller ones the same fields are written."""
    monkeypatch.setattr(module, "MOST_MEMBERS", 20)
    files = {**TEXTS, "large.json": b"0123456789" * 400}
    expected = packed(tmp_path / "small", files, large=("large.json",))
    sizes = {info.filename: info.compress_size for info in zipfile.ZipFile(io.BytesIO(expected)).infolist()}
    monkeypatch.setattr(module, "LARGEST", most)

    data = packed(tmp_path / "large", files, large=("large.json",))

    assert members(data).keys() == {*files, MANIFEST}
    assert {name: body for name, body in members(data).items() if name != MANIFEST} == files
    with zipfile.ZipFile(io.BytesIO(data)) as read:
        assert {info.filename: info.compress_size for info in read.infolist()} == sizes
        assert read.getinfo("large.json").extract_version == 45


def test_unzip_finds_nothing_wrong(tmp_path):
    data = packed(tmp_path, {**TEXTS, "Grüße.txt": b"x", "annotations.json": b"[1]" * 9999})
    (tmp_path / "made.zip").write_bytes(data)

    try:
        done = subprocess.run(["unzip", "-tq", "made.zip"], cwd=tmp_path, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("needs unzip")
    assert done.returncode == 0, done.stdout
