"""Preparing a dataset in a browser: three switches, one job, and its steps; and what happens with new pictures."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.canvas_page import Cookies, PageFor
from tests.live_clients import World
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def quay(server: Server) -> World:
    made = World.make(server, "prepared", "prepared@example.com")
    for _ in range(3):
        made.image(400, 300)
    return made


def test_a_manager_prepares_a_dataset_and_sees_the_steps(quay: World, page_for: PageFor):
    page = page_for(Cookies(quay)["alice"])
    page.goto(f"/datasets/{quay.dataset}/")

    page.get_by_role("button", name="Prepare").click()
    dialog = page.get_by_role("dialog", name="Prepare")
    dialog.get_by_role("checkbox", name=re.compile("^Assign")).check()
    dialog.get_by_role("button", name="Start").click()
    expect(dialog).to_contain_text("Choose who gets the pictures.")
    dialog.get_by_role("checkbox", name=re.compile("prepared@example.com")).check()
    dialog.get_by_role("button", name="Start").click()

    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Prepare North quay").click()
    steps = page.get_by_role("region", name="Steps").get_by_role("listitem")
    expect(steps).to_have_count(4)
    expect(page.get_by_text("400 of 400")).to_be_visible(timeout=60_000)
    expect(steps.nth(2)).to_contain_text("Label")


def test_new_pictures_are_labelled_once_it_is_switched_on(quay: World, page_for: PageFor):
    page = page_for(Cookies(quay)["alice"])
    page.goto(f"/projects/{quay.project}/edit/")

    page.get_by_role("checkbox", name="Label new pictures by themselves").check()
    page.get_by_role("region", name="Label new pictures").get_by_role("button", name="Save").click()

    expect(page.get_by_role("checkbox", name="Label new pictures by themselves")).to_be_checked()
    page.goto(f"/projects/{quay.project}/")
    expect(page.get_by_text("New pictures are labelled with")).to_be_visible()
    quay.image(400, 300)
    page.goto(f"/datasets/{quay.dataset}/")
    expect(page.get_by_role("link", name="Label new pictures of North quay")).to_be_visible()
