import pytest

from datasets.metadata import checked, merged
from modelship.lib.errors import Problem

# The examples of RFC 7396, appendix A.
RFC_7396 = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "result"), RFC_7396)
def test_merge_follows_the_rfc(target, patch, result):
    assert merged(target, patch) == result


def test_limits_are_inclusive():
    kept = {"description": "d" * 1024, "keywords": ["k" * 64] * 256, "camera": {"lens": [1, 2.5, None]}}

    assert checked(kept) is kept


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ({"description": "d" * 1025}, "metadata.description"),
        ({"description": 7}, "metadata.description"),
        ({"keywords": ["k" * 65]}, "metadata.keywords"),
        ({"keywords": ["k"] * 257}, "metadata.keywords"),
        ({"keywords": "k"}, "metadata.keywords"),
        ({"keywords": [1]}, "metadata.keywords"),
        ({"keywords": ["fog", ""]}, "metadata.keywords"),
        ({"keywords": ["  "]}, "metadata.keywords"),
        ({"k" * 201: 1}, "metadata"),
        ({"big": "x" * 65_536}, "metadata"),
        ({"depth": {"m": [1 << 64]}}, "metadata"),
        ({"half": "\ud800"}, "metadata"),
    ],
)
def test_too_much_is_refused_by_name(metadata, field):
    with pytest.raises(Problem) as refused:
        checked(metadata)

    assert (refused.value.status, refused.value.extra["field"]) == (422, field)
