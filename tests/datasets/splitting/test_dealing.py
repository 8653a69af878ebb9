"""Pictures are dealt out by ratio, class and group, the same way always, and growth moves none."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from datasets.splitting import BadRule, Item, Rule, dealt

RATIOS = {"train": 0.7, "val": 0.2, "test": 0.1}


def items(count: int, seed: int = 1) -> list[Item]:
    """Boats everywhere, cranes on a tenth of the pictures."""
    dice = random.Random(seed)
    return [
        Item(
            f"{seed}/{number}",
            boxes={"boat": dice.randint(1, 3)} | ({"crane": 1} if number % 10 == 0 else {}),
        )
        for number in range(count)
    ]


def sizes(sides: dict[str, str]) -> Counter[str]:
    return Counter(sides.values())


@pytest.mark.parametrize("count", [10, 97, 1000])
def test_ratios_are_met_to_the_picture(count: int):
    found = sizes(dealt(items(count), Rule(RATIOS, balance=False)))

    assert all(abs(found[name] - part * count) <= 1 for name, part in RATIOS.items())


def test_rare_classes_are_on_every_side_in_proportion():
    these = items(1000)
    sides = dealt(these, Rule(RATIOS))

    cranes = Counter(sides[item.key] for item in these if "crane" in item.boxes)
    assert cranes == {"train": 70, "val": 20, "test": 10}
    assert all(abs(sizes(sides)[name] - part * 1000) <= 40 for name, part in RATIOS.items())


def test_the_order_of_the_pictures_does_not_matter_and_the_seed_does():
    these = items(200)
    shuffled = random.Random(3).sample(these, k=200)

    assert dealt(these, Rule(RATIOS)) == dealt(shuffled, Rule(RATIOS))
    assert dealt(these, Rule(RATIOS)) != dealt(these, Rule(RATIOS, seed=1))


def test_growth_moves_no_picture_and_the_ratios_hold():
    first = items(100)
    before = dealt(first, Rule(RATIOS))
    grown = [replace(item, split=before[item.key]) for item in first] + items(400, seed=2)

    after = dealt(grown, Rule(RATIOS))

    assert {key: after[key] for key in before} == before
    assert all(abs(sizes(after)[name] - part * 500) <= 20 for name, part in RATIOS.items())


def test_a_group_stays_together_and_takes_in_what_comes_later():
    these = [Item(str(number), ties=(f"camera {number % 7}",)) for number in range(70)]
    before = dealt(these, Rule(RATIOS))
    later = [replace(item, split=before[item.key]) for item in these]
    later += [Item(f"new {number}", ties=(f"camera {number % 7}",)) for number in range(30)]

    after = dealt(later, Rule(RATIOS))

    for camera in range(7):
        assert len({after[item.key] for item in later if item.ties == (f"camera {camera}",)}) == 1


def test_dealing_anew_spares_only_what_people_put_somewhere():
    these = [replace(item, split="test", is_fixed=number < 5) for number, item in enumerate(items(100))]

    assert sizes(dealt(these, Rule(RATIOS))) == {"test": 100}
    anew = dealt(these, Rule(RATIOS, keep=False, balance=False))
    assert [anew[item.key] for item in these[:5]] == ["test"] * 5
    assert sizes(anew) == {"train": 70, "val": 20, "test": 10}


@pytest.mark.parametrize(
    "bad",
    [
        {"ratios": {"train": 0.5}},
        {"ratios": {"train": 2, "val": -1}},
        {"ratios": {"learn": 1}},
        {"ratios": 1},
        {"balance": 1},
        {"group": 7},
        {"seed": -1},
        {"seed": True},
    ],
)
def test_a_rule_that_can_t_be_is_refused(bad: dict):
    with pytest.raises(BadRule) as refusal:
        Rule.parse(bad)

    assert refusal.value.field in bad


def test_a_rule_is_read_back_as_it_was():
    rule = Rule.parse({"ratios": {"train": 0.5, "val": 0.5}, "group": "camera", "seed": 4, "keep": False})

    assert Rule.parse(rule.as_json()) == rule
