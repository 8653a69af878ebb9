import pytest

from modelship.settings.env import database


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("", "-c random_page_cost=1.1"),
        ("?options=-c%20jit%3Doff", "-c jit=off"),
        ("?options=", None),
    ],
)
def test_options_of_the_url_take_the_place_of_ours(query: str, options: str | None):
    found = database(f"postgres://ann:secret@db.example.com/ship{query}")["OPTIONS"]

    assert found.get("options") == options


def test_the_driver_hears_the_rest_of_the_query():
    found = database("postgres://ann:secret@db.example.com/ship?sslmode=require")["OPTIONS"]

    assert found["sslmode"] == "require"
    assert found["pool"]["max_size"] == 16
