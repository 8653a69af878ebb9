"""A team session of three people in three browsers: together on the leader's picture, apart on one each, and what came out."""

import csv
import os

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas_page import CanvasPage, PageFor, put
from tests.live_clients import World, add, new_id
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]
AT_ONCE = 8_000


PEOPLE = """
from django.test import Client
from modelship.accounts.models import Membership, Tenant, User
User.objects.filter(id="{user}").update(name="Alice")
people = [User.objects.get(id="{user}")]
for name in ("Bob", "Rita"):
    people.append(User.objects.create_user(f"{{name}}.{mark}@example.com", name=name))
    Membership.objects.create(tenant=Tenant.objects.get(id="{tenant}"), user=people[-1], role="reviewer")
for person in people:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    print(client.cookies["sessionid"].value)
"""


@pytest.fixture
def own(server: Server) -> World:
    """A tenant of its own, where Alice has six pictures to review, with a boat on each."""
    own = World.make(server, f"sessions-{new_id()[:8]}", f"alice.{new_id()[:8]}@example.com")
    for _ in range(6):
        image = own.image(300, 200)
        put(own, image, add(class_id=own.classes[0], x=40, y=50, w=60, h=40))
        assert own.server.call("POST", f"images/{image}/review", own.key, {"action": "submit"})[0] == 200
    return own


@pytest.fixture
def cookies_of_three(own: World) -> list[str]:
    """The sessions of Alice, who owns, and of Bob and Rita, who review."""
    code = PEOPLE.format(user=own.user, tenant=own.tenant, mark=new_id()[:8])
    return own.server.python(code).split()


def looked_at(page: Page, name: str) -> None:
    """Nothing is wider than its window, in light and dark; with a folder named the pictures are kept."""
    size = page.viewport_size
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            page.wait_for_timeout(150)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if folder := os.environ.get("MODELSHIP_SCREENSHOTS"):
                page.screenshot(path=f"{folder}/{name}-{theme}-{width}.png", full_page=True)
    page.set_viewport_size(size)


def bar(canvas: CanvasPage):
    return canvas.page.get_by_role("region", name="Session")


def shown(canvas: CanvasPage) -> str:
    return canvas.page.evaluate("editor.data.image.filename")


def shows(canvas: CanvasPage, filename: str) -> None:
    canvas.until(f"editor.data.image.filename === {filename!r} && editor.session.status === 'saved'")


def invited(page: Page, session: str) -> CanvasPage:
    """Somebody who comes by the bell, and joins."""
    page.goto("/notifications/")
    page.get_by_role("link", name="invited you to review").first.click()
    page.wait_for_url(f"**/sessions/{session}/")
    page.get_by_role("button", name="Join").click()
    return CanvasPage(page).ready()


class Team:
    """Alice in front of a session's page, and two who come by the bell."""

    def __init__(self, own: World, cookies: list[str], page_for: PageFor) -> None:
        page = page_for(cookies[0])
        self.session = begun(page, own)
        page.get_by_role("button", name="Go on").click()
        self.leader = CanvasPage(page).ready()
        self.bob, self.rita = (invited(page_for(cookie), self.session) for cookie in cookies[1:])
        self.all = (self.leader, self.bob, self.rita)

    def counts(self, words: str) -> None:
        for one in self.all:
            expect(bar(one).get_by_text(words)).to_be_visible(timeout=AT_ONCE)

    def settled(self) -> list[str]:
        """The pictures on which they are, once nobody is on the way."""
        self.leader.page.wait_for_timeout(1_000)
        for one in self.all:
            one.until("editor.session.status === 'saved'")
        return [shown(one) for one in self.all]


def begun(page: Page, own: World) -> str:
    page.goto(f"/datasets/{own.dataset}/sessions/")
    expect(page.get_by_text("No session yet")).to_be_visible()
    form = page.get_by_role("form", name="Begin a session")
    form.get_by_label("Name").fill("Friday round")
    form.get_by_label("Pictures that a search finds").fill("class:boat state:submitted")
    form.get_by_role("button", name="Count").click()
    expect(form.get_by_role("status")).to_have_text("6 pictures.")
    expect(form.get_by_label("Name")).to_have_value("Friday round")
    for name in ("Bob", "Rita"):
        form.get_by_role("checkbox", name=name).check()
    looked_at(page, "sessions-form")
    form.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/sessions/*/")
    looked_at(page, "session")
    return page.url.rstrip("/").rpartition("/")[2]


def test_three_people_review_together_and_apart(own: World, cookies_of_three: list[str], page_for: PageFor):
    team = Team(own, cookies_of_three, page_for)

    all_are_where_the_leader_is(team)
    everybody_gets_another_one(team)
    the_rest_is_sent_back_and_passed_by(team)
    what_came_out_is_told(team, own)


def all_are_where_the_leader_is(team: Team) -> None:
    leader, bob, rita = team.all
    first = shown(leader)
    expect(bar(leader)).to_contain_text("You lead")
    for one in (bob, rita):
        shows(one, first)
        expect(bar(one)).to_contain_text("Following Alice")

    leader.keys.press("f")
    leader.until(f"editor.data.image.filename !== {first!r}")
    for one in (bob, rita):
        shows(one, shown(leader))
    # The view, too, and whoever looks around alone comes back.
    leader.page.evaluate("editor.scene.viewport.zoom({ x: 200, y: 200 }, 3); editor.scene.moved()")
    bob.until("editor.scene.viewport.scale > 1.5 * editor.scene.viewport.fitting")
    looked_at(bob.page, "session-editor")
    rita.keys.press("Alt+l")
    expect(bar(rita)).to_contain_text("Looking around alone")
    leader.keys.press("f")
    leader.until(f"editor.data.image.filename !== {shown(rita)!r}")
    shows(bob, shown(leader))
    assert shown(rita) != shown(leader)
    rita.keys.press("Alt+l")
    shows(rita, shown(leader))


def everybody_gets_another_one(team: Team) -> None:
    together = shown(team.leader)
    team.rita.keys.press("Shift+a")
    team.counts("1/6")

    team.leader.keys.press("Alt+m")
    for one in team.all:
        expect(bar(one)).to_contain_text("Apart", timeout=AT_ONCE)
    names = team.settled()
    assert len({*names, together}) == 4
    for one in team.all:
        one.keys.press("Shift+a")
    team.counts("4/6")


def the_rest_is_sent_back_and_passed_by(team: Team) -> None:
    team.settled()
    opened = "!['approved'].includes(editor.state)"
    busy = [one for one in team.all if one.page.evaluate(opened)]
    assert len({shown(one) for one in busy}) == len(busy) == 2

    busy[0].keys.press("Shift+c")
    busy[0].page.get_by_label("What should change?").fill("Too wide.")
    busy[0].page.get_by_role("button", name="Send back").click()
    team.counts("5/6")
    busy[1].keys.press("f")
    for one in team.all:
        expect(one.page.get_by_text("Every picture has a verdict.")).to_be_visible(timeout=AT_ONCE)


def what_came_out_is_told(team: Team, own: World) -> None:
    page = team.bob.page
    page.get_by_role("button", name="Summary").first.click()
    page.wait_for_url("**/summary/")
    for name, count in (("done", "6"), ("approve", "4"), ("reject", "1"), ("submit", "0"), ("skip", "1")):
        expect(page.locator(f"dd[data-part={name}]")).to_have_text(count)
    expect(page.get_by_role("row").filter(has_text="Too wide.")).to_contain_text("Sent back")
    expect(page.locator(".session-pictures tbody tr")).to_have_count(6)
    looked_at(page, "session-summary")
    with page.expect_download() as started:
        page.get_by_role("link", name="CSV").click()
    rows = list(csv.DictReader(started.value.path().read_text().splitlines()))
    assert sorted(row["verdict"] for row in rows) == ["approve"] * 4 + ["reject", "skip"]

    # The end reaches whoever looks at the session's page, or at a picture.
    rita = team.rita.page
    rita.goto(f"/sessions/{team.session}/")
    expect(rita.get_by_role("row").filter(has_text="leads")).to_contain_text("Here")
    ended = own.server.call("PATCH", f"sessions/{team.session}", own.key, {"state": "ended"})
    assert ended[0] == 200
    rita.wait_for_url("**/summary/")
    expect(bar(team.leader)).to_contain_text("Ended", timeout=AT_ONCE)
