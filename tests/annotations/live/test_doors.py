"""Who is let in to a canvas, and what ends a connection."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets

from tests.live_clients import LiveClient, World, add, connected, joined, new_id

pytestmark = pytest.mark.xdist_group("live")


async def refusal(world: World, image: str, key: str, **options: Any) -> tuple[int, bytes]:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with connected(world.server, image, key, **options):
            pass
    return refused.value.response.status_code, bytes(refused.value.response.body)


@pytest.fixture(scope="module")
def alices_session(world: World) -> str:
    """A signed-in browser's session key."""
    return session_of(world, world.user)


def session_of(world: World, user: str) -> str:
    return world.server.python(
        f"""
from django.conf import settings
from django.test import Client
from modelship.accounts.models import User
browser = Client()
browser.force_login(User.objects.get(id="{user}"), backend=settings.AUTHENTICATION_BACKENDS[0])
print(browser.session.session_key)
"""
    ).strip()


async def test_a_browser_of_the_same_origin_is_let_in(world: World, alices_session: str):
    async with connected(
        world.server, world.image(), "", origin=world.server.url, cookie=f"sessionid={alices_session}"
    ) as alice:
        snapshot = await alice.hello()
        ack = await alice.edited(add())

    assert snapshot["seq"] == 0
    assert ack["boxes"][0]["created_by"]["id"] == world.user


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://localhost:{port}",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1.evil.example:{port}",
    ],
)
async def test_pages_of_other_origins_are_refused(world: World, alices_session: str, origin: str | None):
    named = origin and origin.format(port=world.server.port)

    status, _ = await refusal(world, world.image(), "", origin=named, cookie=f"sessionid={alices_session}")

    assert status == 403


async def test_a_key_does_not_open_the_door_for_a_foreign_page(world: World):
    status, _ = await refusal(world, world.image(), world.key, origin="http://evil.example")

    assert status == 403


@pytest.mark.parametrize("key", ["", "ms_0000_wrong"])
async def test_without_credentials_nobody_is_let_in(world: World, key: str):
    status, _ = await refusal(world, world.image(), key, origin=world.server.url)

    assert status == 403


async def test_a_foreign_image_is_refused_exactly_like_one_that_never_was(world: World):
    rival = World.make(world.server, f"rival-{new_id()[:8]}", f"{new_id()}@example.com")

    foreign = await refusal(world, world.image(), rival.key)
    absent = await refusal(world, new_id(), rival.key)

    assert foreign == absent
    assert foreign[0] == 403


@pytest.mark.parametrize("path", ["", "ws/", "ws/v1/nothing/", "ws/v1/canvas/nothing/", "api/v1/projects"])
async def test_an_unknown_path_is_refused_like_a_foreign_image(world: World, path: str):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with websockets.connect(
            f"{world.server.url.replace('http', 'ws', 1)}/{path}",
            additional_headers={"Authorization": f"Api-Key {world.key}"},
        ):
            pass

    assert refused.value.response.status_code == 403


async def test_a_key_asking_for_another_tenant_is_refused(world: World):
    url = f"{world.server.url.replace('http', 'ws', 1)}/ws/v1/canvas/{world.image()}/"
    headers = {"Authorization": f"Api-Key {world.key}", "X-Tenant": "somebody-else"}

    with pytest.raises(websockets.InvalidStatus):
        async with websockets.connect(url, additional_headers=headers):
            pass


async def test_a_deleted_image_closes_its_connections(world: World):
    image = world.image()

    async with joined(world.server, image, world.key) as client:
        code, seconds = await ends(
            world, client, lambda: world.server.call("DELETE", f"images/{image}", world.key)
        )

    assert (code, seconds < 2) == ("deleted", True)


@pytest.mark.parametrize(("original", "told"), [("archive", "moved"), ("delete", "deleted")])
async def test_whoever_has_a_moved_picture_open_is_told(original: str, told: str, world: World):
    image = world.image()
    body = {"project": world.project, "name": f"Pier of {image}"}
    there = world.server.call("POST", "datasets", world.key, body)[1]["id"]
    order = {"to": there, "images": [image], "original": original, "confirm": "North quay"}

    def move() -> None:
        status, answer = world.server.call("POST", f"datasets/{world.dataset}/transfer", world.key, order)
        assert status == 202, answer
        world.server.python("from modelship.jobs.runner import run_queued; run_queued(['datasets.transfer'])")

    async with joined(world.server, image, world.key) as client:
        code, _ = await ends(world, client, move)

    assert code == told
    if original == "archive":
        # Who opens it in the archive afterwards is let in.
        async with joined(world.server, image, world.key) as client:
            assert (await client.edited(add()))["type"] == "ack"


async def test_a_frame_of_more_than_64_kb_ends_the_connection(world: World):
    image = world.image()
    async with joined(world.server, image, world.key) as alice:
        await alice.edit(
            add(attributes={str(n): "x" * 1_000 for n in range(45)}), add(attributes={"a": "x" * 25_000})
        )

        closed, code = await alice.closed()

    assert (closed["code"], code) == ("too_large", 4013)
    assert world.boxes(image)["seq"] == 0


async def test_a_gigantic_frame_is_cut_off_before_it_is_held(world: World):
    async with joined(world.server, world.image(), world.key) as alice:
        await alice.socket.send("x" * (1 << 20))

        _, code = await alice.closed()

    assert code in (1006, 1009)


async def test_a_flood_ends_the_connection(world: World):
    async with joined(world.server, world.image(), world.key) as alice:
        for _ in range(120):
            await alice.send({"type": "ping"})

        closed, code = await alice.closed()

    assert (closed["code"], code) == ("rate", 4029)


async def test_a_steady_stream_below_the_limit_is_fine(world: World):
    async with joined(world.server, world.image(), world.key) as alice:
        for _ in range(60):
            await alice.send({"type": "presence", "cursor": [1, 1]})
            await asyncio.sleep(0.025)

        assert (await alice.edited(add()))["type"] == "ack"


async def test_binary_frames_end_the_connection(world: World):
    async with joined(world.server, world.image(), world.key) as alice:
        await alice.socket.send(b"\x00\x01")

        closed, code = await alice.closed()

    assert (closed["code"], code) == ("bad_message", 4015)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"type":"explode"}',
        '{"type":["hello"]}',
        '{"type":"hello","last_seq":-1}',
        '{"type":"hello","last_seq":"1"}',
        '{"type":"edits","edits":[]}',
        '{"type":"edits","ref":"7","edits":[]}',
        '{"type":"edits","ref":"2b4b2d5e-6d3a-4a53-9b52-0c7ad3c0a001","base_seq":1e3,"edits":[]}',
        '{"type":"edits","ref":"2b4b2d5e-6d3a-4a53-9b52-0c7ad3c0a001","edits":{"a":1}}',
        '{"type":"ping","a":NaN}',
        '{"type":"ping","a":1,"a":2}',
        '{"type":"ping","a":"\\ud800"}',
        "[" * 5_000,
    ],
)
async def test_nonsense_is_refused_and_the_connection_stays(world: World, text: str):
    async with joined(world.server, world.image(), world.key) as alice:
        await alice.socket.send(text)
        refused = await alice.until("refused")

        assert refused["problem"]["status"] == 400
        assert (await alice.edited(add()))["type"] == "ack"


async def ends(world: World, client: LiveClient, act: Callable[[], Any]) -> tuple[str, float]:
    await asyncio.to_thread(act)
    began = time.monotonic()
    closed, code = await client.closed(patience=4)
    assert code == 4003
    assert closed is not None
    return closed["code"], time.monotonic() - began


async def test_ended_rights_close_the_connection_within_two_seconds(world: World):
    image = world.image()

    def patch(user: str, **fields: Any) -> Callable[[], Any]:
        return lambda: world.server.call("PATCH", f"tenant/members/{user}", world.key, fields)

    async with joined(world.server, image, world.person("annotator")[1]) as bystander:
        user, key = world.person("annotator")
        async with joined(world.server, image, key) as lowered:
            code, seconds = await ends(world, lowered, patch(user, role="viewer"))
        assert (code, seconds < 2) == ("role_changed", True)

        async with joined(world.server, image, key) as removed:
            code, seconds = await ends(world, removed, patch(user, is_active=False))
        assert (code, seconds < 2) == ("signed_out", True)
        assert (await refusal(world, image, key))[0] == 403

        assert (await bystander.edited(add()))["type"] == "ack"


async def test_a_revoked_key_closes_the_connection_within_two_seconds(world: World):
    _, key = world.person("annotator")
    prefix = key[:11]
    keys = world.server.call("GET", "tenant/api-keys?limit=500", world.key)[1]["results"]
    key_id = next(one["id"] for one in keys if one["prefix"] == prefix)

    async with joined(world.server, world.image(), key) as client:
        code, seconds = await ends(
            world, client, lambda: world.server.call("DELETE", f"tenant/api-keys/{key_id}", world.key)
        )

    assert (code, seconds < 2) == ("signed_out", True)


async def test_signing_out_closes_the_connection_within_two_seconds(world: World, alices_session: str):
    async with connected(
        world.server, world.image(), "", origin=world.server.url, cookie=f"sessionid={alices_session}"
    ) as alice:
        await alice.hello()
        flush = f"from django.contrib.sessions.models import Session; Session.objects.filter(pk='{alices_session}').delete()"
        code, seconds = await ends(world, alice, lambda: world.server.python(flush))

    assert (code, seconds < 2) == ("signed_out", True)


@asynccontextmanager
async def by_key_and_by_browser(world: World, image: str) -> AsyncIterator[tuple[str, list[LiveClient]]]:
    """An annotator at work twice: with a program's key and in a signed-in browser."""
    user, key = world.person("annotator")
    browser = {"origin": world.server.url, "cookie": f"sessionid={session_of(world, user)}"}
    async with (
        joined(world.server, image, key) as program,
        connected(world.server, image, "", **browser) as page,
    ):
        await page.hello()
        yield user, [program, page]


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("User.objects.filter(id=user).update(is_active=False)", "signed_out"),
        ("Membership.objects.filter(user_id=user).delete()", "signed_out"),
        ("Member.objects.create(project_id=project, user_id=user, role='viewer')", "role_changed"),
    ],
    ids=["disabled user", "removed member", "lowered role in the project"],
)
async def test_who_loses_rights_loses_every_socket_within_two_seconds(world: World, what: str, code: str):
    image = world.image()
    prepared = f"""
from modelship.accounts.models import Membership, User
from modelship.projects.models import Member
user, project = "%s", "{world.project}"
{what}
"""

    async with by_key_and_by_browser(world, image) as (user, sockets):
        before = await sockets[0].edited(add())
        act = asyncio.create_task(asyncio.to_thread(world.server.python, prepared % user))
        ended = [asyncio.create_task(ended_at(socket)) for socket in sockets]
        await act
        done = time.monotonic()
        ends_seen = await asyncio.gather(*ended)

    assert before["type"] == "ack"
    assert [found for found, _ in ends_seen] == [code, code]
    assert max(at for _, at in ends_seen) - done < 2
    assert world.boxes(image)["seq"] == 1


async def ended_at(client: LiveClient) -> tuple[str, float]:
    """Why the server closed the connection, and when; the act itself takes its while."""
    closed, _ = await client.closed(patience=20)
    assert closed is not None
    return closed["code"], time.monotonic()
