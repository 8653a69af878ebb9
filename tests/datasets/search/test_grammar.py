"""The search line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.search.grammar import OPERATORS, parsed, printed
from datasets.search.terms import TEXT, Search, Term
from modelship.lib.errors import BadRequest

WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
KEYS = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True).filter(lambda key: key not in (TEXT, "meta"))
VALUES = st.lists(WORDS, min_size=1, max_size=3).map(tuple)
OPS = st.sampled_from(OPERATORS)
TERMS = st.one_of(
    st.builds(Term, st.just(TEXT), st.just(":"), WORDS.map(lambda word: (word,)), is_not=st.booleans()),
    st.builds(Term, KEYS, OPS, VALUES, is_not=st.booleans()),
    st.builds(
        Term, st.just("meta"), OPS, VALUES, st.lists(WORDS, min_size=1, max_size=3).map(tuple), st.booleans()
    ),
)


@given(st.lists(TERMS, max_size=5))
def test_what_is_printed_reads_as_the_same_search(terms: list[Term]):
    search = Search(tuple(terms))

    assert parsed(printed(search)) == search


@given(st.text(max_size=40))
def test_any_line_is_read_or_refused(text: str):
    try:
        search = parsed(text)
    except BadRequest:
        return

    assert parsed(printed(search)) == search


def test_a_line_says_what_people_mean():
    search = parsed(
        'state:new,labeled  class:"old ship" score<0.4 meta.camera.iso>=800 -rain "two words" a-b'
    )

    assert search.terms == (
        Term("state", ":", ("new", "labeled")),
        Term("class", ":", ("old ship",)),
        Term("score", "<", ("0.4",)),
        Term("meta", ">=", ("800",), ("camera", "iso")),
        Term(TEXT, ":", ("rain",), is_not=True),
        Term(TEXT, ":", ("two words",)),
        Term(TEXT, ":", ("a-b",)),
    )


@pytest.mark.parametrize(
    "line", ["state:", "state:new,", '"open', 'a:b"c', "x" * 2001, "a " * 41, "meta.:x", "\0"]
)
def test_what_cannot_be_read_is_refused_with_a_hint(line: str):
    with pytest.raises(BadRequest) as refusal:
        parsed(line)

    assert refusal.value.extra["field"] == "q"
