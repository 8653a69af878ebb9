"""The gallery as a test drives it."""

from dataclasses import replace

from playwright.sync_api import Page, expect

from tests.live_clients import World, post


def with_own_dataset(world: World) -> World:
    """The world with a dataset of its own."""
    made = post(
        world.server, world.key, "datasets", {"project": world.project, "name": f"Pier {world.pictures}"}
    )
    world.pictures += 1
    return replace(world, dataset=made["id"], pictures=30_000 + world.pictures * 100)


def opened(page: Page, world: World, query: str = "") -> Page:
    page.goto(f"/datasets/{world.dataset}/{query}")
    expect(page.locator("[data-module=gallery]")).to_have_attribute("data-ready", "")
    return page


def selected(page: Page) -> list[int]:
    """The places of the selected pictures that are in sight."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.grid .thumb[aria-selected="true"]')].map((cell) => Number(cell.dataset.place))"""
    )
