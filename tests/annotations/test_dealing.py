"""Dealing pictures out: evenly, by share, to several people each, and the same wherever one goes on."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.dealing import dealt, turns

SHARES = st.lists(st.integers(1, 100), min_size=1, max_size=8)


def test_equal_shares_take_turns():
    assert [dealt(place, (1, 1, 1), 1) for place in range(4)] == [[0], [1], [2], [0]]


def test_a_share_of_three_is_three_of_four_and_not_in_a_row():
    assert turns((3, 1)) == (0, 0, 1, 0)
    assert turns((30, 10)) == turns((3, 1))


@pytest.mark.parametrize(("each", "people"), [(1, 4), (2, 3), (2, 4), (3, 5), (5, 5)])
def test_each_picture_gets_several_people_and_all_get_as_much(each: int, people: int):
    given = [dealt(place, (1,) * people, each) for place in range(people * 10)]

    assert all(len(set(who)) == each for who in given)
    assert set(Counter(one for who in given for one in who).values()) == {each * 10}


def test_who_has_it_counts():
    assert dealt(0, (1, 1, 1), 1, have=[2]) == []
    assert dealt(0, (1, 1, 1), 2, have=[0]) == [1]
    assert dealt(0, (1, 1, 1), 3, have=[1]) == [0, 2]


@given(SHARES)
def test_shares_come_out_exactly(shares: list[int]):
    order = turns(tuple(shares))

    given = Counter(dealt(place, shares, 1)[0] for place in range(len(order)))

    assert [given[who] * sum(shares) for who in range(len(shares))] == [
        share * len(order) for share in shares
    ]


@given(SHARES, st.integers(0, 10_000), st.data())
def test_nobody_gets_a_picture_twice_and_none_too_few(shares: list[int], place: int, data: st.DataObject):
    each = data.draw(st.integers(1, len(shares)))
    have = data.draw(st.sets(st.integers(0, len(shares) - 1)))

    who = dealt(place, shares, each, have)

    assert len(who) == len(set(who)) == max(0, each - len(have))
    assert not set(who) & have
