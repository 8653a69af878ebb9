"""Files of every kind, and how they are understood."""

import bz2
import csv
import gzip
import io
import lzma
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.tables import staging
from datasets.tables.reading import Wish
from datasets.tables.refusals import TableRefused
from tests.datasets.tables.kept import staged, text_file, workbook

# Nothing that a text in UTF-8 can't hold, and no zero, which is left out.
cells = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\r\t"), max_size=8)


def codes(found):
    return {finding.code: (finding.count, finding.row) for finding in found.findings}


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiters_are_found(tmp_path, sign):
    found, rows = staged(text_file(tmp_path, f"name{sign}size\ncat{sign}3\ndog{sign}4\n"))

    assert (found.kind, found.names, found.understood["delimiter"]) == ("csv", ("name", "size"), sign)
    assert rows == [("cat", "3"), ("dog", "4")]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8-sig", "naïve,漢\n1,2\n"),
        ("utf-16", "naïve,漢\n1,2\n"),
        ("utf-16-le", "name,größe\n1,2\n"),
        ("utf-16-be", "name,größe\n1,2\n"),
        ("utf-32", "naïve,漢\n1,2\n"),
        ("cp1252", "naïve,größe “x” €\n1,2\n"),
        ("cp1251", "имя,размер\nкошка большая и рыжая,собака маленькая и чёрная\n"),
        ("shift_jis", "名前,大きさ\n猫はとても大きいです,犬はとても小さいです\n"),
    ],
)
def test_encodings_are_found(tmp_path, encoding, text):
    found, rows = staged(text_file(tmp_path, text, encoding=encoding))

    header, row = list(csv.reader(io.StringIO(text)))
    assert found.names == tuple(header)
    assert rows == [tuple(row)]


def test_an_encoding_can_be_chosen_and_lost_characters_are_told(tmp_path):
    path = text_file(tmp_path, "č,b\nš,2\n", encoding="cp1250")

    found, rows = staged(path, wish=Wish(encoding="cp1250"))
    wrong, _ = staged(path, wish=Wish(encoding="utf-8"))

    assert (found.names, rows) == (("č", "b"), [("š", "2")])
    assert codes(wrong) == {"lost_characters": (2, 1)}
    with pytest.raises(TableRefused, match="Choose an encoding"):
        staged(path, wish=Wish(encoding="klingon"))


def test_blank_lines_comments_and_titles_are_above_the_header(tmp_path):
    text = "\n# made by hand\nSales of 2025\nname,size,colour\ncat,3,red\ndog,4,blue\n"

    found, rows = staged(text_file(tmp_path, text))

    assert found.names == ("name", "size", "colour")
    assert (found.understood["skip"], found.understood["header_rows"]) == (3, 1)
    assert rows == [("cat", "3", "red"), ("dog", "4", "blue")]


def test_what_was_understood_can_be_said_and_gives_the_same(tmp_path):
    path = text_file(tmp_path, "\nSales\nname;size;n\n'cat';'3';'1'\n'dog; red';'4';'2'\n")
    found, rows = staged(path)

    again, same = staged(path, wish=Wish(**found.understood))

    assert again.understood == found.understood == {
        "encoding": "utf-8", "delimiter": ";", "quote": "'", "skip": 2, "header_rows": 1,
    }  # fmt: skip
    assert rows == same == [("cat", "3", "1"), ("dog; red", "4", "2")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1,2\n3,4\n", ("column_1", "column_2")),
        ("country,2019,2020\nA,1,2\nB,3,4\n", ("country", "2019", "2020")),
        ("a,a,,A\n1,2,3,4\n", ("a", "a_2", "column_3", "A_3")),
        ('"first\nname",b\nx,y\n', ("first name", "b")),
        ("Cat,3\nDog,4\n", ("column_1", "column_2")),
    ],
)
def test_headers(tmp_path, text, names):
    assert staged(text_file(tmp_path, text))[0].names == names


def test_two_rows_of_names_are_joined_where_somebody_says_so(tmp_path):
    path = text_file(tmp_path, "size,,name\nw,h,\n1,2,x\n")

    found, rows = staged(path, wish=Wish(header_rows=2))

    assert found.names == ("size / w", "h", "name")
    assert rows == [("1", "2", "x")]


def test_uneven_rows_lose_nothing(tmp_path):
    found, rows = staged(text_file(tmp_path, 'a,b,c\n1,27,,"too long"\n,"short"\n"x\ny",2,3,,,\n'))

    assert found.names == ("a", "b", "c", "column_4")
    assert rows == [
        ("1", "27", None, "too long"),
        (None, "short", None, None),
        ("x\ny", "2", "3", None),
    ]
    assert codes(found) == {"short_rows": (1, 3)}


def test_longer_rows_later_on_are_told(tmp_path):
    found, rows = staged(text_file(tmp_path, "a,b\n1,2\n1,2,3\n1,2,3,4\n"))

    assert found.names == ("a", "b", "column_3", "column_4")
    assert rows[0] == ("1", "2", None, None)
    assert codes(found) == {"long_rows": (2, 3)}


def test_zero_bytes_are_left_out_and_told(tmp_path):
    found, rows = staged(text_file(tmp_path, "a,b\nx\0y,2\n"))

    assert rows == [("xy", "2")]
    assert codes(found) == {"zero_bytes": (1, 2)}


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_files_are_unpacked(tmp_path, pack):
    path = tmp_path / "table.csv.packed"
    path.write_bytes(pack(b"a,b\n1,2\n"))

    found, rows = staged(path, "table.csv.gz")

    assert (found.names, rows) == (("a", "b"), [("1", "2")])


@pytest.mark.parametrize(
    ("document", "names", "rows", "place"),
    [
        ('[{"a": 1, "b": "x"}, {"b": null, "c": [1, "y"]}]', ("a", "b", "c"),
         [("1", "x", None), (None, None, '[1,"y"]')], "$"),
        ('{"meta": {"n": 2}, "data": [{"a": 1.50}, {"a": true}]}', ("a",), [("1.50",), ("true",)], "data"),
        ('{"page": {"results": [{"a": "1"}]}}', ("a",), [("1",)], "page.results"),
        ('{"a": [1, 2], "b": ["x", null]}', ("a", "b"), [("1", "x"), ("2", None)], "columns"),
        ('[{"a": {"b": {"c": 1}, "d": {}}}]', ("a.b.c", "a.d"), [("1", "{}")], "$"),
        ('[["x", 1], ["y", 2]]', ("column_1", "column_2"), [("x", "1"), ("y", "2")], "$"),
        ("[1, 2.0, 12345678901234567890]", ("value",), [("1",), ("2.0",), ("12345678901234567890",)], "$"),
        ('{"name": "x", "size": 3}', ("name", "size"), [("x", "3")], "$"),
    ],
)  # fmt: skip
def test_records_are_found_wherever_they_are(tmp_path, document, names, rows, place):
    found, kept = staged(text_file(tmp_path, document, "table.json"))

    assert (found.kind, found.names, found.understood["records"]) == ("json", names, place)
    assert kept == rows


def test_which_records_can_be_chosen(tmp_path):
    path = text_file(tmp_path, '{"data": [{"a": 1}], "others": [{"b": 2}, {"b": 3}]}', "table.json")

    found, rows = staged(path, wish=Wish(records="others"))

    assert (found.names, rows) == (("b",), [("2",), ("3",)])
    assert found.choices["records"] == ["data", "others", "$"]
    with pytest.raises(TableRefused, match=r"data, others, \$"):
        staged(path, wish=Wish(records="nowhere"))


def test_a_long_list_is_read_piece_by_piece(tmp_path):
    text = "[" + ",\n".join(f'{{"n": {n}, "t": "{"x" * (n % 50)}"}}' for n in range(20_000)) + "]"

    found, rows = staged(text_file(tmp_path, text, "table.json"))

    assert len(text) > 2 * (256 << 10)
    assert found.rows == 20_000
    assert rows[12_345] == ("12345", "x" * 45)


@pytest.mark.parametrize("text", ['[{"a": 1} {"a": 2}]', '[{"a": 1}', '[{"a": 1}] x', '{"a": [1, }', "[1, 2"])
def test_broken_json_is_refused(tmp_path, text):
    with pytest.raises(TableRefused) as refusal:
        staged(text_file(tmp_path, text, "table.json"))

    assert refusal.value.code == "unreadable"


def test_lines_of_json_are_rows_and_bad_ones_are_told(tmp_path):
    found, rows = staged(
        text_file(tmp_path, '{"a": 1}\n\n{"a": 2, "b": "x"}\nnonsense\n{"b": "y"}\n', "t.jsonl")
    )

    assert (found.kind, found.names) == ("jsonl", ("a", "b"))
    assert rows == [("1", None), ("2", "x"), (None, "y")]
    assert codes(found) == {"bad_lines": (1, 4)}


def test_workbooks(tmp_path):
    sheets = {
        "Cover": [],
        "Data": [["Report of 2025"], [], ["name", "size"], ["cat", 3], [None, 4.5], ["dog", 1e6]],
        "More": [["x"], ["y"]],
    }
    path = workbook(tmp_path / "book.xlsx", sheets)

    found, rows = staged(path)
    _, other = staged(path, wish=Wish(sheet="More", header_rows=0))

    assert (found.kind, found.names) == ("xlsx", ("Report of 2025", "column_2"))
    assert found.choices == {"sheet": ["Cover", "Data", "More"]}
    assert found.understood["sheet"] == "Data"
    assert rows == [("name", "size"), ("cat", "3"), (None, "4.5"), ("dog", "1000000")]
    assert other == [("x",), ("y",)]
    assert staged(path, wish=Wish(sheet="Data", skip=2))[1] == rows[1:]
    with pytest.raises(TableRefused, match="Cover, Data, More"):
        staged(path, wish=Wish(sheet="Nowhere"))


def test_merged_headers_name_all_their_columns(tmp_path):
    rows = [["size", None, "name"], ["w", "h", None], [1, 2, "x"], [3, 4, "y"]]

    found, kept = staged(workbook(tmp_path / "book.xlsx", {"One": rows}, merged="A1:B1"))

    assert found.names == ("size / w", "size / h", "name")
    assert kept == [("1", "2", "x"), ("3", "4", "y")]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\n\n  \n", "empty"),
        ("a.csv", b"%PDF-1.7 ...", "no_table"),
        ("a.csv", b"\x89PNG\r\n\x1a\n....", "no_table"),
        ("a.xlsx", b"PK\x03\x04 nothing else", "damaged"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00 nothing else", "damaged"),
        ("a.parquet", b"PAR1 nothing else", "unreadable"),
        ("a.bin", bytes(range(256)) * 20, "no_table"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, name, data, code):
    path = tmp_path / name
    path.write_bytes(data)

    with pytest.raises(TableRefused) as refusal:
        staged(path)

    assert refusal.value.code == code


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(cells, min_size=3, max_size=3), max_size=6), st.sampled_from(",;\t|"))
def test_whatever_a_program_writes_is_read_again(tmp_path_factory, rows, sign):
    folder: Path = tmp_path_factory.mktemp("written")
    out = io.StringIO()
    csv.writer(out, delimiter=sign, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [["x", "y", "z"], *rows]
    )

    wish = Wish(encoding="utf-8", delimiter=sign, skip=0, header_rows=1)
    found, kept = staged(text_file(folder, out.getvalue()), wish=wish)

    assert found.names == ("x", "y", "z")
    assert kept == [tuple(cell or None for cell in row) for row in rows]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"])
)
def test_the_engine_reads_a_file_as_we_do_or_not_at_all(tmp_path_factory, rows, end):
    folder: Path = tmp_path_factory.mktemp("read")
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows([["x", "y"], *rows])
    path = text_file(folder, out.getvalue())
    slow = staged(path, wish=Wish(delimiter=",", skip=0, header_rows=1))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staging, "LARGE_BYTES", 0)
        quick = staged(path, wish=Wish(delimiter=",", skip=0, header_rows=1))

    assert quick == slow
