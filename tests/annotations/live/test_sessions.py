"""The room of a team session on a real server: who is here, the leader's picture, verdicts, and a picture for each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import websockets

from tests.live_clients import LiveClient, World, new_id, post

pytestmark = pytest.mark.xdist_group("live")


@asynccontextmanager
async def here(world: World, session: str, key: str) -> AsyncIterator[tuple[LiveClient, dict[str, Any]]]:
    """A connection to the room, and how it stood when it was greeted."""
    url = f"{world.server.url.replace('http', 'ws', 1)}/ws/v1/sessions/{session}/"
    async with websockets.connect(url, additional_headers={"Authorization": f"Api-Key {key}"}) as socket:
        client = LiveClient(socket)
        yield client, await client.hello()


People = list[tuple[str, str]]


@pytest.fixture(scope="module")
def people(world: World) -> People:
    """Two reviewers, by id and key."""
    return [world.person("reviewer") for _ in range(2)]


class Team:
    """Alice leads; two reviewers have joined."""

    def __init__(self, world: World, people: People, mode: str, pictures: int = 3) -> None:
        named = {"project": world.project, "name": new_id()}
        self.world = replace(world, dataset=post(world.server, world.key, "datasets", named)["id"])
        self.images = [self.world.image() for _ in range(pictures)]
        self.people = people
        wish = {"name": "Team", "mode": mode, "people": [user for user, _ in people]}
        path = f"datasets/{self.world.dataset}/sessions"
        self.id = post(world.server, world.key, path, wish)["session"]["id"]
        for _, key in people:
            assert self.call("POST", "join", key)[0] == 200

    @property
    def keys(self) -> list[str]:
        return [self.world.key, *(key for _, key in self.people)]

    def call(
        self, verb: str, path: str, key: str = "", data: dict[str, Any] | None = None
    ) -> tuple[int, Any]:
        url = f"sessions/{self.id}/{path}".rstrip("/")
        return self.world.server.call(verb, url, key or self.world.key, data or {})

    def review(self, image: str, action: str, key: str) -> None:
        status, answer = self.world.server.call("POST", f"images/{image}/review", key, {"action": action})
        assert status == 200, answer


def folded(snapshot: dict[str, Any], heard: list[dict[str, Any]]) -> dict[str, Any]:
    """The state of a greeting with the events that came after."""
    state = dict(snapshot["state"])
    for event in heard:
        if event["type"] == "event" and event["seq"] > snapshot["seq"]:
            state |= event["state"]
    return state


async def in_thread(call: Any, *args: Any) -> Any:
    return await asyncio.to_thread(call, *args)


async def test_apart_three_who_ask_at_the_same_moment_get_three_pictures(world: World, people: People):
    team = Team(world, people, "apart", pictures=6)

    for _ in range(2):
        answers = await asyncio.gather(*(in_thread(team.call, "POST", "next", key) for key in team.keys))
        images = [answer["image"]["id"] for _, answer in answers]
        assert len(set(images)) == 3
        for image, key in zip(images, team.keys, strict=True):
            team.review(image, "approve", key)

    status, answer = team.call("POST", "next")
    assert (status, answer) == (200, {"image": None, "waiting": 0})
    progress = team.call("GET", "")[1]["progress"]
    assert (progress["done"], progress["verdicts"]["approve"]) == (6, 6)
    assert all(counts["approve"] == 2 for counts in progress["people"].values())


async def test_the_leader_s_picture_verdicts_and_the_end_arrive(world: World, people: People):
    team = Team(world, people, "together")
    _, bob_key = team.people[0]
    async with here(world, team.id, bob_key) as (bob, greeted):
        assert greeted["state"]["session"]["image"] is None
        await in_thread(team.call, "POST", "lead", "", {"image": team.images[1]})
        led = await bob.until("event", what="led")
        await in_thread(team.review, team.images[1], "approve", bob_key)
        judged = await bob.until("event", what="verdict")
        await in_thread(team.call, "PATCH", "", "", {"mode": "apart"})
        changed = await bob.until("event", what="changed")
        await in_thread(team.call, "PATCH", "", "", {"state": "ended"})
        ended = await bob.until("event", what="ended")

        assert (led["image"], led["state"]["session"]["image"]) == (team.images[1], team.images[1])
        assert (judged["image"], judged["verdict"], judged["by"]["name"]) == (
            team.images[1],
            "approve",
            "Reviewer",
        )
        assert judged["state"]["progress"]["done"] == 1
        assert changed["state"]["session"]["mode"] == "apart"
        assert ended["state"]["session"]["state"] == "ended"
        now = team.call("GET", "")[1]
        assert folded(greeted, bob.heard) == {key: now[key] for key in ("session", "people", "progress")}


async def test_who_drops_and_returns_gets_the_present_state_first(world: World, people: People):
    team = Team(world, people, "together")
    (bob_id, bob_key), _ = team.people
    async with here(world, team.id, world.key) as (alice, _):
        async with here(world, team.id, bob_key) as (bob, greeted):
            await bob.send({"type": "presence", "image": team.images[0]})
            assert (await alice.until("joined"))["user"]["id"] == bob_id
            assert (await alice.until("presence"))["image"] == team.images[0]
            assert [one["user"]["id"] for one in greeted["here"]] == [world.user]
        await alice.until("left")
        await in_thread(team.call, "POST", "lead", "", {"image": team.images[2]})

        async with here(world, team.id, bob_key) as (bob, back):
            assert back["state"]["session"]["image"] == team.images[2]
            assert back["seq"] == greeted["seq"] + 1
            await bob.send({"type": "presence", "image": "nothing"})
            assert (await bob.until("refused"))["problem"]["status"] == 400


async def test_where_the_leader_has_left_another_one_takes_over(world: World, people: People):
    team = Team(world, people, "together")
    (bob_id, bob_key), _ = team.people
    async with here(world, team.id, bob_key) as (bob, _):
        assert team.call("PATCH", "", bob_key, {"leader": bob_id})[0] == 403
        await in_thread(team.call, "POST", "leave")
        went = await bob.until("event", what="went")
        assert went["state"]["session"]["leader"] is None
        assert team.call("PATCH", "", bob_key, {"leader": bob_id})[0] == 200
        changed = await bob.until("event", what="changed")
        assert changed["state"]["session"]["leader"]["id"] == bob_id


async def test_strangers_are_refused_and_a_deleted_session_ends(world: World, people: People):
    team = Team(world, people, "together", pictures=1)
    stranger = World.make(world.server, f"rival-{new_id()[:8]}", f"{new_id()}@example.com")
    for session in (team.id, new_id()):
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with here(stranger, session, stranger.key):
                pass
        assert refused.value.response.status_code == 403
    async with here(world, team.id, team.keys[1]) as (bob, _):
        assert team.call("DELETE", "")[0] == 204
        last, code = await bob.closed()
        assert (last["code"], code) == ("deleted", 4003)
