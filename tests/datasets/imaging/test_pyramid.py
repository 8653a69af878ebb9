import io

import pytest

from datasets.imaging.pyramid import is_large, levels_of, read_tile, tile_count, tile_number, write_pack


@pytest.mark.parametrize(
    ("width", "height", "large"),
    [(4000, 4000, False), (4001, 4000, True), (8192, 1, False), (8193, 1, True), (1, 8193, True)],
)
def test_what_is_large(width, height, large):
    assert is_large(width, height) is large


def test_each_level_halves_the_next_one_upwards():
    levels = levels_of(9001, 4097)

    assert [(one.width, one.height) for one in levels] == [
        (282, 129),
        (563, 257),
        (1126, 513),
        (2251, 1025),
        (4501, 2049),
        (9001, 4097),
    ]
    assert [(one.columns, one.rows) for one in levels][-2:] == [(9, 5), (18, 9)]


def test_a_gigapixel_has_seven_levels_and_few_thousand_tiles():
    levels = levels_of(30_000, 30_000)

    assert (len(levels), tile_count(levels)) == (7, 4691)


def test_tiles_are_numbered_level_by_level_and_row_by_row():
    levels = levels_of(1100, 600)

    places = [
        (level, column, row)
        for level, one in enumerate(levels)
        for row in range(one.rows)
        for column in range(one.columns)
    ]

    assert [tile_number(levels, *place) for place in places] == list(range(tile_count(levels)))


@pytest.mark.parametrize("place", [(-1, 0, 0), (3, 0, 0), (2, 3, 0), (2, 0, 2), (2, -1, 0), (0, 1, 0)])
def test_places_outside_have_no_number(place):
    assert tile_number(levels_of(1100, 600), *place) is None


def test_a_pack_gives_each_tile_back():
    tiles, file = [b"first", b"", b"third one"], io.BytesIO()

    write_pack(file, iter(tiles), 3)

    def read(start, length):
        return file.getvalue()[start : start + length]

    assert [read_tile(read, number) for number in range(3)] == tiles


def test_a_pack_that_lacks_a_tile_is_refused():
    with pytest.raises(ValueError, match="2 tiles, not 3"):
        write_pack(io.BytesIO(), iter([b"a", b"b"]), 3)
