"""The strict JSON door."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelship.api.parsing import parse_json
from modelship.api.rendering import to_json
from modelship.lib.errors import BadRequest, Problem, TooLarge
from tests.people import Person


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "bad_json"),
        (b"", "bad_json"),
        (b'{"a": 1, "a": 2}', "duplicate_key"),
        (b'{"a": NaN}', "bad_number"),
        (b'{"a": -Infinity}', "bad_number"),
        (b'{"a": 1e999}', "bad_number"),
        (b'{"a": 99999999999999999999999}', "bad_number"),
        (b'{"a": "\\u0000"}', "bad_json"),
        (b'{"a": "\x00"}', "bad_json"),
        (b'{"a": "\\ud800"}', "bad_json"),
        (b'{"\\udfff": 1}', "bad_json"),
        (b'{"a": "\xff"}', "bad_encoding"),
        (b"[" * 65 + b"]" * 65, "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b"[" + b"1," * 200_000 + b"1]", "too_large"),
    ],
)
def test_what_others_would_choke_on_is_refused(body: bytes, code: str):
    with pytest.raises(Problem) as refusal:
        parse_json(body)

    assert refusal.value.code == code


def test_brackets_and_escapes_inside_strings_count_for_nothing():
    assert parse_json(b'{"a": "[[[[\\"[[", "b": "\\ud83d\\ude00"}') == {"a": '[[[["[[', "b": "😀"}


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(values)
def test_what_we_write_we_read(value: object):
    assert parse_json(to_json(value)) == value


@given(st.binary(max_size=200))
def test_no_bytes_break_it(body: bytes):
    with suppress(BadRequest, TooLarge):
        parse_json(body)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ('{"name": "x", "surprise": 1}', "application/json", 400),
        ("name=x", "application/x-www-form-urlencoded", 415),
        ('{"name": "x"}', "text/plain", 415),
    ],
)
def test_a_bad_body_is_a_problem_and_changes_nothing(body: str, kind: str, status: int, alice: Person):
    answer = alice.api.post("/api/v1/projects", body, content_type=kind)

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "request_id"} <= set(answer.json())
    assert alice.api.get("/api/v1/projects").json()["results"] == []
