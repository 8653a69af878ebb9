"""The coefficients against the examples of the papers that they come from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.agreement import cohen, fleiss, krippendorff

# Fleiss (1971), table 1: how many of six psychiatrists gave each of thirty patients each of five diagnoses.
FLEISS = """
0 0 0 6 0|0 3 0 0 3|0 1 4 0 1|0 0 0 0 6|0 3 0 3 0|2 0 4 0 0|0 0 4 0 2|2 0 3 1 0|2 0 0 4 0|0 0 0 0 6
1 0 0 5 0|1 1 0 4 0|0 3 3 0 0|1 0 0 5 0|0 2 0 3 1|0 0 5 0 1|3 0 0 1 2|5 1 0 0 0|0 2 0 4 0|1 0 2 0 3
0 0 0 0 6|0 1 0 5 0|0 2 0 1 3|2 0 0 4 0|1 0 0 4 1|0 5 0 1 0|4 0 0 0 2|0 2 0 4 0|1 0 5 0 0|0 0 0 0 6
"""
# Krippendorff (2011), example C: four observers and twelve units, a dot where one said nothing.
KRIPPENDORFF = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
said = st.sampled_from("abc")


def test_cohen_is_that_of_the_textbook():
    table = {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}

    kappa = cohen([pair for pair, count in table.items() for _ in range(count)])

    assert kappa == pytest.approx(0.4)


def test_fleiss_is_that_of_the_paper():
    rows = [
        [int(count) for count in cell.split()]
        for line in FLEISS.split("\n")
        for cell in line.split("|")
        if cell
    ]
    assert len(rows) == 30

    kappa = fleiss([[at for at, count in enumerate(row) for _ in range(count)] for row in rows])

    assert kappa == pytest.approx(0.430, abs=0.0005)


def test_krippendorff_is_that_of_the_paper():
    units = [[value for value in column if value != "."] for column in zip(*KRIPPENDORFF, strict=True)]

    assert krippendorff(units) == pytest.approx(0.743, abs=0.0005)


def test_what_says_nothing_is_none_and_one_voice_is_full_agreement():
    assert cohen([]) is fleiss([["a"]]) is krippendorff([[], ["a"]]) is None
    assert cohen([("a", "a")] * 3) == fleiss([["a", "a"]] * 3) == krippendorff([["a", "a"]] * 3) == 1.0


def test_less_than_chance_is_below_zero():
    against = [("a", "b"), ("b", "a")]

    assert cohen(against) == -1.0
    assert fleiss(against) == -1.0
    assert krippendorff(against) == pytest.approx(-0.5)


@given(st.lists(st.tuples(said, said), min_size=1, max_size=30))
def test_names_and_order_do_not_matter(pairs):
    renamed = [("xyz"["abc".index(one)], "xyz"["abc".index(other)]) for one, other in reversed(pairs)]
    swapped = [(other, one) for one, other in pairs]

    assert cohen(renamed) == pytest.approx(cohen(pairs)) == pytest.approx(cohen(swapped))
    assert fleiss(renamed) == pytest.approx(fleiss(pairs)) == pytest.approx(fleiss(swapped))
    assert krippendorff(renamed) == pytest.approx(krippendorff(pairs)) == pytest.approx(krippendorff(swapped))
    assert max(cohen(pairs), fleiss(pairs), krippendorff(pairs)) <= 1.0
