"""What comes out of archives that strangers made, and what stops."""

import io
import stat
import tarfile
import zipfile

import pytest

from datasets.archives import ArchiveRefused, Limits, kind_of_name, members
from tests.datasets.uploads import tarred, zipped

MIB = 1 << 20
MODES = ("w", "w:gz", "w:bz2", "w:xz")


@pytest.fixture
def read(tmp_path):
    """Everything in an archive: names, and bytes or the code of what speaks against them."""

    def read_all(data, limits=None):
        path = tmp_path / "archive"
        path.write_bytes(data)
        found = []
        for member in members(str(path), limits or Limits()):
            if member.problem:
                found.append((member.name, member.problem[0]))
                continue
            with member.open() as file:
                found.append((member.name, file.read()))
        return found

    return read_all


def special(kind, target=""):
    info = tarfile.TarInfo("special")
    info.type, info.linkname = kind, target
    return "special", info


@pytest.mark.parametrize("pack", [zipped, *(lambda *e, m=mode: tarred(*e, mode=m) for mode in MODES)])
def test_files_come_out_in_their_order(read, pack):
    files = [("b/one.png", b"1" * 700_000), ("empty.png", b""), ("a.png", b"22"), ("ünï.png", b"3")]

    assert read(pack(*files)) == files


@pytest.mark.parametrize(
    "name",
    [
        "../up.png",
        "a/../../up.png",
        "/etc/a.png",
        "C:\\a.png",
        "c:/a.png",
        "..\\up.png",
        "\\\\host\\a.png",
        "a\rb.png",
    ],
)
def test_a_path_that_leads_out_is_refused(read, name):
    assert read(tarred((name, b"x"), ("good.png", b"y"))) == [(name, "unsafe_path"), ("good.png", b"y")]


def test_a_nul_in_a_name_is_seen(read):
    data = zipped(("axb.png", b"x")).replace(b"axb.png", b"a\0b.png")

    assert read(data) == [("a\0b.png", "unsafe_path")]


def test_long_and_equal_names_are_refused(read):
    long = "n" * 252 + ".png"
    composed, decomposed = "caf\u00e9.png", "CAFE\u0301.PNG"

    found = read(zipped((long, b"x"), (composed, b"1"), (decomposed, b"2")))

    assert found == [(long, "name_too_long"), (composed, b"1"), (decomposed, "duplicate_name")]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_never_followed(read, kind):
    found = read(tarred(("a.png", b"1"), special(kind, "/etc/passwd"), ("b.png", b"2")))

    assert found == [("a.png", b"1"), ("special", "not_a_file"), ("b.png", b"2")]


def test_a_link_in_a_zip_is_refused_too(read):
    info = zipfile.ZipInfo("link.png")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, "/etc/passwd")

    assert read(out.getvalue()) == [("link.png", "not_a_file")]


def test_an_encrypted_member_is_refused(read):
    data = bytearray(zipped(("a.png", b"x")))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = data.index(mark) + (6 if mark == b"PK\x03\x04" else 8)
        data[at] |= 1

    assert read(bytes(data)) == [("a.png", "encrypted")]


def test_a_broken_member_does_not_spoil_the_others(read, tmp_path):
    data = zipped(("a.png", b"hello"), ("b.png", b"world"), compression=zipfile.ZIP_STORED)
    (tmp_path / "broken").write_bytes(data.replace(b"hello", b"jello"))
    found = []

    for member in members(str(tmp_path / "broken"), Limits()):
        try:
            found.append(member.open().read())
        except ValueError as error:
            found.append(str(error)[:30])

    assert found == ["It is damaged in the archive (", b"world"]


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_bomb_stops_at_what_really_comes_out(read, pack):
    with pytest.raises(ArchiveRefused) as refused:
        read(pack(("bomb.png", bytes(40 * MIB))))

    assert refused.value.code == "archive_too_large"


def test_many_small_bombs_count_together(read):
    files = [(f"{number}.png", bytes(2 * MIB)) for number in range(20)]

    with pytest.raises(ArchiveRefused, match="archive_too_large"):
        read(zipped(*files))


def test_one_member_may_not_be_larger_than_a_file(read):
    data = zipped(("a.png", bytes(3000)), ("b.png", b"1"))
    lying = bytearray(data)
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = lying.index(mark) + place
        lying[at : at + 4] = (900).to_bytes(4, "little")

    assert read(data, Limits(member_bytes=1000))[0] == ("a.png", "file_too_large")
    with pytest.raises(ValueError, match="damaged"):
        read(bytes(lying), Limits(member_bytes=1000))


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_entries_are_counted(read, pack):
    files = [(f"{number}.png", b"") for number in range(21)]

    with pytest.raises(ArchiveRefused, match="too_many_entries"):
        read(pack(*files), Limits(entries=20))


def test_a_directory_that_understates_its_entries_is_counted_all_the_same(read):
    data = bytearray(zipped(*((f"{number}.png", b"") for number in range(30))))
    end = data.rindex(b"PK\x05\x06")
    data[end + 8 : end + 12] = b"\1\0\1\0"

    with pytest.raises(ArchiveRefused, match="too_many_entries"):
        read(bytes(data), Limits(entries=20))


def test_headers_of_a_tar_may_not_eat_the_memory(read):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a.png")
        info.pax_headers = {"comment": "x" * (3 * MIB)}
        archive.addfile(info)

    with pytest.raises(ArchiveRefused, match="corrupt"):
        read(out.getvalue())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"PK\3\4" + b"x" * 600,
        b"\x1f\x8bxxxx",
        b"BZhxxx",
        b"\xfd7zXZ\0xx",
        zipped(("a", b"x"))[:-12],
    ],
)
def test_what_is_no_archive_is_refused(read, data):
    with pytest.raises(ArchiveRefused) as refused:
        read(data)

    assert refused.value.code in ("not_an_archive", "corrupt")
    assert refused.value.detail.endswith(".")


def test_a_tar_cut_short_is_refused(read):
    data = tarred(("a.png", b"x" * 200_000), ("b.png", b"y" * 200_000), mode="w")

    with pytest.raises((ArchiveRefused, ValueError)):
        read(data[:250_000])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.zip", "zip"),
        ("A.ZIP", "zip"),
        ("a.tar.gz", "gz"),
        ("a.tgz", "gz"),
        ("a.txz", "xz"),
        ("a.gz", None),
        ("a.png", None),
    ],
)
def test_kinds_are_told_by_name(name, kind):
    assert kind_of_name(name) == kind
