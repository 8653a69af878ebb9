"""Files made to hurt: refused soon and in little memory, in the limited child in which strangers' files are read."""

import gzip
import zipfile
from pathlib import Path

import pytest

from datasets.tables.refusals import Limits as TableLimits
from datasets.tables.refusals import TableRefused
from modelship.lib.limited import Limits, run_limited
from tests.datasets.tables.kept import SHEET, cell, staged, workbook

HARD = Limits(memory_bytes=512 << 20, cpu_seconds=10, wall_seconds=60)
ZIP_OF_XML = zipfile.ZIP_DEFLATED


def refused(path: Path) -> str:
    """The code of the refusal, from a child that is killed beyond the limits."""
    return run_limited("tests.datasets.tables.test_hostile:code_of", str(path), limits=HARD)


def code_of(path: str) -> str:
    try:
        staged(Path(path))
    except TableRefused as refusal:
        return refusal.code
    return "taken"


def with_sheet(path: Path, xml: str, **parts: str) -> Path:
    workbook(path, {"One": []}, **parts)
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    kept["xl/worksheets/sheet1.xml"] = xml.encode()
    with zipfile.ZipFile(path, "w", ZIP_OF_XML) as archive:
        for name, data in kept.items():
            archive.writestr(name, data)
    return path


def test_a_cell_far_outside(tmp_path):
    far = f'<row r="1">{cell("A1", "x")}</row><row r="1048576">{cell("XFD1048576", "x")}</row>'

    assert refused(with_sheet(tmp_path / "far.xlsx", SHEET.format(far, ""))) == "too_large"


def test_a_shared_string_of_64_mib(tmp_path):
    strings = f"<sst><si><t>{'x' * (64 << 20)}</t></si></sst>"

    assert refused(with_sheet(tmp_path / "long.xlsx", SHEET.format("", ""), strings=strings)) == "too_large"


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_entities(tmp_path, part):
    path = workbook(tmp_path / "entities.xlsx", {"One": [["x"]]})
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name).decode() for name in archive.namelist()}
    kept[part] = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + kept[part]
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in kept.items():
            archive.writestr(name, text)

    assert refused(path) == "entities"


def test_a_line_without_an_end(tmp_path):
    path = tmp_path / "line.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n")
        for _ in range(500):
            file.write(b"x" * (1 << 20))

    assert refused(path) == "line_too_long"


def test_a_quote_that_never_closes(tmp_path):
    path = tmp_path / "quote.csv"
    path.write_bytes(b'a,b\n1,"' + b"x,y\n" * (2 << 20))

    assert refused(path) == "cell_too_long"


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[{" + '"a":{' * 500 + "}" * 501 + "]"])
def test_json_without_a_floor(tmp_path, text):
    path = tmp_path / "deep.json"
    path.write_text(text)

    assert refused(path) in ("too_deep", "unreadable")


def test_a_packed_file_that_grows(tmp_path):
    path = tmp_path / "grows.csv.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(64):
            file.write(b"\0" * (1 << 20))

    assert refused(path) == "too_large"


def test_more_columns_and_rows_than_may_be(tmp_path):
    wide, long = tmp_path / "wide.csv", tmp_path / "long.csv"
    wide.write_text(",".join(map(str, range(6_000))) + "\n")
    long.write_text("a,b\n" + "1,2\n" * 11)

    with pytest.raises(TableRefused) as too_wide:
        staged(wide)
    with pytest.raises(TableRefused) as too_long:
        staged(long, limits=TableLimits(rows=10))

    assert (too_wide.value.code, too_long.value.code) == ("too_many_columns", "too_many_rows")
