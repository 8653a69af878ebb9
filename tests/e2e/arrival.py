"""How a person arrives: the one-time link that the first run or `setup_link` prints, a name and a password."""

import re

from playwright.sync_api import Page

from tests.servers import Server


def link_in(printed: str) -> str:
    found = re.search(r"http\S+", printed)
    assert found, printed
    return found[0]


def arrive(page: Page, server: Server, printed: str, name: str) -> None:
    """Follow the link and sign in for the first time."""
    page.goto(link_in(printed))
    page.get_by_label("Your name").fill(name)
    for label in ("New password", "New password confirmation"):
        page.get_by_label(label, exact=True).fill(server.password)
    page.get_by_role("button", name="Save and sign in").click()
