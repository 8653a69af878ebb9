"""What columns are taken for, and what their values become."""

from datetime import UTC, date, datetime, time

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.tables.inferring import BY_NAME, FORMS, infer, typed
from datasets.tables.staging import stage
from tests.datasets.tables.kept import rows_of, text_file

# Texts that look like values, and nearly like them.
lookalikes = st.one_of(
    st.from_regex(r"[-+]?[0-9]{0,5}[.,]?[0-9]{0,4}(e[-+]?[0-9])?", fullmatch=True),
    st.from_regex(r"[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}( [0-9]{1,2}:[0-9]{2})?", fullmatch=True),
    st.from_regex(r"[-$€(]{0,2}[0-9]{1,3}(,[0-9]{3})?(\.[0-9]+)?[)%€ ]{0,2}", fullmatch=True),
    st.text(max_size=6),
)


def columns_of(folder, *values, header="a"):
    """A table of one column, understood and typed: the column and its values."""
    lines = "".join(f'"{value}"\n' for value in values)
    source, kept, target = (
        text_file(folder, f"{header}\n{lines}"),
        folder / "kept.parquet",
        folder / "typed.parquet",
    )
    found = stage(source, "table.csv", kept)
    (column,) = infer(kept, found.names, folder)
    typed(kept, [column], target, folder)
    return column, [row[0] for row in rows_of(target)]


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["1", "-20", "0"], "integer", [1, -20, 0]),
        (["1,234", "56"], "integer", [1234, 56]),
        (["1", "2.5", "-3e2"], "decimal", [1.0, 2.5, -300.0]),
        (["1.234,50", "7,5"], "decimal", [1234.5, 7.5]),
        (["01", "002"], "identifier", ["01", "002"]),
        (["12345678901234567890", "1"], "decimal", [1.2345678901234567e19, 1.0]),
        (["5%", "12.5 %"], "percent", [5.0, 12.5]),
        (["$1,234.50", "-$3", "($2.00)"], "currency", [1234.5, -3.0, -2.0]),
        (["3,50 kg", "4 kg"], "string", ["3,50 kg", "4 kg"]),
        (["true", "FALSE", "yes"], "boolean", [True, False, True]),
        (["2025-02-28", "1999-12-31"], "date", [date(2025, 2, 28), date(1999, 12, 31)]),
        (["2025-02-30", "1999-12-31"], "string", ["2025-02-30", "1999-12-31"]),
        (["31/12/2012", "02/01/2014"], "date", [date(2012, 12, 31), date(2014, 1, 2)]),
        (["12/31/2012", "02/01/2014"], "date", [date(2012, 12, 31), date(2014, 2, 1)]),
        (["31/12/2012", "12/31/2012"], "string", ["31/12/2012", "12/31/2012"]),
        (["Jun 12 1998", "Dec 1 2001"], "date", [date(1998, 6, 12), date(2001, 12, 1)]),
        (["2025-01-02T03:04:05", "2025-01-02"], "datetime", [datetime(2025, 1, 2, 3, 4, 5), datetime(2025, 1, 2)]),
        (["3:05", "23:59:01"], "time", [time(3, 5), time(23, 59, 1)]),
        (["a@b.org", "c.d@e.co"], "email", ["a@b.org", "c.d@e.co"]),
        (["https://a.b/c?d", "http://x"], "url", ["https://a.b/c?d", "http://x"]),
        (["A-001", "A-002", "B-103"], "identifier", ["A-001", "A-002", "B-103"]),
        (["cat", "dog", "cat", "dog"], "category", ["cat", "dog", "cat", "dog"]),
        (["cat", "dog", "a bird"], "string", ["cat", "dog", "a bird"]),
    ],
)  # fmt: skip
def test_kinds(tmp_path, values, kind, expected):
    column, kept = columns_of(tmp_path, *values)

    assert (column.kind, column.values) == (kind, len(values))
    assert kept == expected


def test_moments_with_a_zone_are_kept_in_theirs(tmp_path):
    column, kept = columns_of(tmp_path, "2025-01-02T03:04:05+02:00", "2025-01-02 03:04Z")

    assert column.kind == "datetime"
    assert [moment.astimezone(UTC) for moment in kept] == [
        datetime(2025, 1, 2, 1, 4, 5, tzinfo=UTC),
        datetime(2025, 1, 2, 3, 4, tzinfo=UTC),
    ]


def test_words_for_nothing_are_nothing_among_numbers_and_words_among_words(tmp_path):
    numbers, kept = columns_of(tmp_path, "1", "N/A", "-", "3")
    (tmp_path / "table.csv").unlink()
    words, said = columns_of(tmp_path, "NA", "DE", "none", "NA")

    assert (numbers.kind, numbers.missing, kept) == ("integer", 2, [1, None, None, 3])
    assert (words.kind, words.missing, said) == (
        "category" if words.distinct <= 2 else "string",
        0,
        ["NA", "DE", "none", "NA"],
    )


def test_a_value_that_does_not_fit_keeps_the_column_text_and_is_told(tmp_path):
    column, kept = columns_of(tmp_path, *map(str, range(30)), "many", "many", "3 or 4")

    assert (column.kind, column.nearly) == ("string", "integer")
    assert column.against == (("many", 2), ("3 or 4", 1))
    assert column.confidence == pytest.approx(1 - 30 / 33, abs=0.001)
    assert kept[-1] == "3 or 4"


def test_days_and_months_that_can_be_swapped_are_told(tmp_path):
    column, _ = columns_of(tmp_path, "01/02/2014", "03/04/2014")

    assert (column.kind, column.confidence) == ("date", 0.5)
    assert {column.form, column.other} == {"date:%d/%m/%Y", "date:%m/%d/%Y"}


def test_another_column_tells_which_is_the_day(tmp_path):
    path = text_file(tmp_path, "begin,end\n01/02/2014,12/25/2014\n03/04/2014,12/31/2014\n")
    kept = tmp_path / "kept.parquet"
    found = stage(path, "table.csv", kept)

    begin, end = infer(kept, found.names, tmp_path)

    assert (begin.form, begin.other, begin.confidence) == ("date:%m/%d/%Y", "date:%d/%m/%Y", 0.8)
    assert (end.form, end.other, end.confidence) == ("date:%m/%d/%Y", "", 1.0)


def test_eight_digits_are_a_date_only_under_a_name_that_says_so(tmp_path):
    number, _ = columns_of(tmp_path, "20140102", "20121231")
    (tmp_path / "table.csv").unlink()
    day, kept = columns_of(tmp_path, "20140102", "20121231", header="Birth date")

    assert number.kind == "integer"
    assert (day.kind, kept) == ("date", [date(2014, 1, 2), date(2012, 12, 31)])


def test_an_empty_column_is_text(tmp_path):
    column, kept = columns_of(tmp_path, "", "")

    assert (column.kind, column.values, column.empty, kept) == (
        "string",
        0,
        2,
        [None, None],
    ) or column.empty == 0


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect() as engine:
        yield engine


@settings(max_examples=20, deadline=None)
@given(st.lists(lookalikes.map(str.strip), min_size=20, max_size=60))
def test_what_the_engine_takes_fits_the_pattern(engine, texts):
    """The pattern chooses, the engine makes the value: it may refuse a 30th of February, and nothing else goes in."""
    forms = [form for form in FORMS if form.kind not in ("email", "url", "identifier")]
    asked = ", ".join(f"({form.sql('v')}) IS NOT NULL" for form in forms)

    rows = engine.execute(f"SELECT v, {asked} FROM (SELECT unnest(?::VARCHAR[]) AS v)", [texts]).fetchall()

    for text, *taken in rows:
        for form, is_taken in zip(forms, taken, strict=True):
            assert not is_taken or form.fits(text), (form.name, text)
            if form.kind in ("integer", "decimal", "percent", "currency", "boolean"):
                assert is_taken == form.fits(text), (form.name, text)


def test_every_form_has_a_name_of_its_own():
    assert len({form.name for form in FORMS}) == len(FORMS) == len(BY_NAME) - 1
