"""People on one picture, over real sockets to a real server."""

import asyncio

import pytest
import websockets

from tests.live_clients import LiveClient, World, add, change, connected, joined, new_id, post

pytestmark = pytest.mark.xdist_group("live")


async def test_two_clients_see_each_others_edits(world: World):
    image = world.image()
    async with joined(world.server, image, world.key) as alice, joined(world.server, image, world.key) as bob:
        made = add(class_id=world.classes[0])

        ack = await alice.edited(made)
        seen = await bob.until("edits")

        assert (ack["type"], ack["seq"], ack["dropped"]) == ("ack", 1, [])
        assert ack["boxes"][0]["id"] == made["box_id"]
        assert (seen["seq"], seen["ref"], seen["actor"]["name"]) == (1, ack["ref"], "bootstrap")
        assert seen["edits"][0]["box_id"] == made["box_id"]
        assert seen["edits"][0]["patch"]["class_id"] == world.classes[0]
        assert not [message for message in alice.heard if message["type"] == "edits"]


async def test_the_snapshot_is_what_rest_answers(world: World):
    image = world.image()
    async with joined(world.server, image, world.key) as alice:
        await alice.edited(add(), add(x=50))

        snapshot = await alice.hello()

    assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 1)
    assert snapshot["boxes"] == world.boxes(image)["results"]
    assert snapshot["canvas"] == {
        "id": image,
        "state": "labeled",
        "review_state": "open",
        "is_locked": False,
        "width": 200,
        "height": 100,
    }
    assert [label["name"] for label in snapshot["classes"]] == ["boat", "crane"]


async def test_who_comes_back_hears_what_was_missed(world: World):
    image = world.image()
    async with joined(world.server, image, world.key) as alice:
        first, second = add(), add(x=50)
        await alice.edited(first)
        await alice.edited(second, change("delete", first["box_id"]))

        async with connected(world.server, image, world.key) as bob:
            replay = await bob.hello(1)
            nothing = await bob.hello(2)
            ahead = await bob.hello(9)

    assert (replay["type"], replay["seq"]) == ("replay", 2)
    assert [(batch["seq"], [edit["kind"] for edit in batch["edits"]]) for batch in replay["edits"]] == [
        (2, ["add", "delete"])
    ]
    assert (nothing["type"], nothing["edits"]) == ("replay", [])
    assert (ahead["type"], ahead["seq"]) == ("snapshot", 2)


async def test_a_way_back_that_is_too_long_becomes_a_snapshot(world: World):
    image = world.image()
    for _ in range(5):
        post(
            world.server, world.key, f"images/{image}/edits", {"edits": [add(x=n % 100) for n in range(500)]}
        )
    async with connected(world.server, image, world.key) as alice:
        far, near = await alice.hello(0), await alice.hello(4)

    assert (far["type"], len(far["boxes"])) == ("snapshot", 2_500)
    assert (near["type"], len(near["edits"])) == ("replay", 1)


async def test_edits_over_rest_appear_live(world: World):
    image = world.image()
    async with joined(world.server, image, world.key) as alice:
        made = add()

        post(world.server, world.key, f"images/{image}/edits", {"edits": [made]})
        seen = await alice.until("edits", patience=2)

    assert (seen["seq"], seen["edits"][0]["box_id"]) == (1, made["box_id"])


async def test_edits_of_another_process_appear_live(world: World):
    """The worker has no way to this process but the database, and on SQLite there is no broker."""
    image = world.image()
    code = f"""
from modelship.accounts.actors import Actor
from modelship.accounts.models import Tenant
from modelship.lib.ids import new_id
from annotations.actions.apply_edits import apply_edits
robot = Actor.machine(Tenant.objects.get(id="{world.tenant}"), new_id(), "yolox_nano")
for n in range(3):
    patch = {{"class_id": None, "x": n, "y": 1, "w": 5, "h": 5, "score": 0.5}}
    edits = [{{"op_id": new_id(), "box_id": new_id(), "kind": "add", "patch": patch}}]
    apply_edits("{image}", edits, actor=robot)
"""
    async with joined(world.server, image, world.key) as alice:
        await asyncio.to_thread(world.server.python, code)

        seen = [await alice.until("edits", patience=2) for _ in range(3)]

    assert [message["seq"] for message in seen] == [1, 2, 3]
    assert seen[0]["actor"]["kind"] == "job"
    assert [box["state"] for box in world.boxes(image)["results"]] == ["proposed"] * 3


async def test_a_resent_batch_gets_the_same_answer_and_nobody_hears_it_again(world: World):
    image = world.image()
    made = add()
    async with joined(world.server, image, world.key) as alice, joined(world.server, image, world.key) as bob:
        ack = await alice.edited(made)
        await alice.edited(add(x=50))

        again = await alice.edited(made, ref=ack["ref"])
        await alice.edited(add(x=70))
        seen = [await bob.until("edits") for _ in range(3)]

    assert again == ack
    assert [message["seq"] for message in seen] == [1, 2, 3]


async def test_what_is_dropped_is_told_and_a_batch_with_nothing_accepted_is_refused(world: World):
    image = world.image()
    async with joined(world.server, image, world.key) as alice:
        bad, good = add(w=-1), add()

        partly = await alice.edited(good, bad)
        nothing = await alice.edited(change("delete", new_id()))
        unreadable = await alice.edited({"kind": "add"})

    assert [(drop["op_id"], drop["code"]) for drop in partly["dropped"]] == [(bad["op_id"], "bad")]
    assert (nothing["type"], nothing["problem"]["code"], nothing["problem"]["status"]) == (
        "refused",
        "unknown",
        422,
    )
    assert [drop["code"] for drop in nothing["dropped"]] == ["unknown"]
    assert (unreadable["type"], unreadable["problem"]["status"]) == ("refused", 400)
    assert world.boxes(image)["seq"] == 1


async def test_a_viewer_looks_on_and_edits_nothing(world: World):
    image = world.image()
    _, key = world.person("viewer")
    async with joined(world.server, image, key) as vic, joined(world.server, image, world.key) as alice:
        made = add()

        refused = await vic.edited(made)
        await alice.edited(add())
        seen = await vic.until("edits")

    assert (refused["type"], refused["problem"]["status"], refused["dropped"]) == (
        "refused",
        403,
        [{"op_id": made["op_id"], "code": "denied"}],
    )
    assert seen["seq"] == 1


async def test_approval_reaches_everybody_and_locks(world: World):
    image = world.image()
    async with joined(world.server, image, world.key) as alice:
        await alice.edited(add())

        post(world.server, world.key, f"images/{image}/review", {"action": "approve", "comment": "Good."})
        seen = await alice.until("edits")
        refused = await alice.edited(add())

    assert (seen["seq"], seen["edits"]) == (2, [])
    assert seen["canvas"] == {
        "state": "approved",
        "review_state": "approved",
        "is_locked": True,
        "comment": "Good.",
        "action": "approve",
    }
    assert (refused["type"], refused["problem"]["code"]) == ("refused", "locked")


async def test_a_changed_class_reaches_every_open_picture_of_the_project(world: World):
    images = [world.image(), world.image()]
    async with (
        joined(world.server, images[0], world.key) as alice,
        joined(world.server, images[1], world.key) as bob,
    ):
        made = post(world.server, world.key, f"projects/{world.project}/classes", {"name": new_id()})

        for client in (alice, bob):
            message = await client.until("classes")
            assert message["classes"][-1]["id"] == made["id"]
    world.server.call("DELETE", f"projects/{world.project}/classes/{made['id']}", world.key)


async def test_classes_change_while_others_draw_and_nothing_they_drew_is_lost(world: World):
    """Renamed, recoloured, described, merged into another: every client ends with the server's boxes."""
    image = world.image()
    path = f"projects/{world.project}/classes"
    made = post(world.server, world.key, path, {"name": new_id()})
    async with joined(world.server, image, world.key) as alice, joined(world.server, image, world.key) as bob:
        drawing = asyncio.create_task(_draw(alice, made["id"], 60))
        call = world.server.call
        name = new_id()
        for values in ({"name": name}, {"color": "#445566"}, {"attributes": [{"name": "a", "kind": "text"}]}):
            await asyncio.to_thread(call, "PATCH", f"{path}/{made['id']}", world.key, values)
            await asyncio.sleep(0.1)
        gone = await asyncio.to_thread(
            call, "DELETE", f"{path}/{made['id']}?move_to={world.classes[1]}", world.key
        )
        answers = await drawing

        seen = [await bob.until("classes") for _ in range(4)]
        snapshot = await bob.hello()
    assert gone[0] == 204
    assert [label["name"] for label in seen[0]["classes"] if label["id"] == made["id"]] == [name]
    assert seen[1]["classes"][-1]["color"] == "#445566"
    assert [one["name"] for one in seen[2]["classes"][-1]["attributes"]] == ["a"]
    assert made["id"] not in [label["id"] for label in seen[3]["classes"]]
    # What was drawn before the merge has moved, and what came after it means the class that is left.
    assert [(answer["type"], answer["dropped"]) for answer in answers] == [("ack", [])] * 60
    assert len(snapshot["boxes"]) == 60
    assert {box["class_id"] for box in snapshot["boxes"]} == {world.classes[1]}


async def _draw(client: LiveClient, class_id: str, times: int) -> list[dict]:
    answers = []
    for _ in range(times):
        answers.append(await client.edited(add(class_id=class_id)))
        await asyncio.sleep(0.01)
    return answers


async def test_presence_shows_who_is_here_and_is_never_stored(world: World):
    image = world.image()
    here = {
        "cursor": [5, 6.5],
        "selection": [new_id()],
        "viewport": [0, 0, 200, 100],
        "ghost": {"x": 1, "y": 2},
    }
    async with joined(world.server, image, world.key) as alice:
        async with connected(world.server, image, world.key) as bob:
            snapshot = await bob.hello()
            arrived = await alice.until("joined")
            await bob.send({"type": "presence", **here})
            seen = await alice.until("presence")
        gone = await alice.until("left")

    assert [person["actor"]["name"] for person in snapshot["people"]] == ["bootstrap"]
    assert arrived["session"] == seen["session"] == gone["session"] == snapshot["session"]
    assert {key: seen[key] for key in here} == here
    assert not [message for message in bob.heard if message["type"] == "presence"]
    assert world.boxes(image)["seq"] == 0


async def test_presence_is_throttled_and_ends_on_the_last_word(world: World):
    image = world.image()
    async with joined(world.server, image, world.key) as alice, joined(world.server, image, world.key) as bob:
        for n in range(40):
            await bob.send({"type": "presence", "cursor": [n, n]})
        last = await alice.until("presence", cursor=[39, 39])

    told = [message for message in alice.heard if message["type"] == "presence"]
    assert last in told
    assert len(told) < 20


@pytest.mark.parametrize(
    "message",
    [
        {"cursor": [1]},
        {"cursor": "here"},
        {"selection": ["x"]},
        {"selection": [new_id()] * 501},
        {"viewport": [1, 2, 3]},
        {"ghost": [1]},
        {"ghost": {"note": "x" * 9_000}},
    ],
)
async def test_presence_that_others_could_choke_on_is_refused(world: World, message: dict):
    async with joined(world.server, world.image(), world.key) as alice:
        await alice.send({"type": "presence", **message})
        refused = await alice.until("refused")

    assert refused["problem"]["status"] == 400


async def test_a_ping_is_answered_with_the_beat(world: World):
    async with joined(world.server, world.image(), world.key) as alice:
        await alice.edited(add())
        await alice.send({"type": "ping"})

        assert await alice.until("beat") == {"type": "beat", "seq": 1}


async def test_edits_of_many_clients_arrive_everywhere_in_one_order(world: World):
    image = world.image()
    async with (
        joined(world.server, image, world.key) as one,
        joined(world.server, image, world.key) as two,
        joined(world.server, image, world.key) as three,
    ):
        clients = [one, two, three]
        for n in range(15):
            await asyncio.gather(*[client.edit(add(x=n)) for client in clients])
        for client in clients:
            await client.until("ack", "edits", seq=45)

        for client in clients:
            told = [message["seq"] for message in client.heard if message["type"] in ("ack", "edits")]
            assert told == list(range(1, 46))


async def test_a_fast_batch_of_five_hundred_over_rest_reaches_the_others(world: World):
    image = world.image()
    async with joined(world.server, image, world.key) as alice:
        post(
            world.server, world.key, f"images/{image}/edits", {"edits": [add(x=n % 100) for n in range(500)]}
        )

        seen = await alice.until("edits")

    assert len(seen["edits"]) == 500


async def test_a_quiet_connection_stays_open_longer_than_an_idle_http_one(world: World):
    async with joined(world.server, world.image(), world.key) as alice:
        beat = await alice.until("beat", patience=14)
        await asyncio.sleep(2)
        ack = await alice.edited(add())

    assert beat == {"type": "beat", "seq": 0}
    assert ack["type"] == "ack"


async def test_a_box_that_comes_back_travels_whole(world: World):
    """Who joined after the deletion has never seen it."""
    image = world.image()
    made = add()
    async with joined(world.server, image, world.key) as alice:
        await alice.edited(made, change("delete", made["box_id"]))
        async with joined(world.server, image, world.key) as bob:
            await alice.edited(change("restore", made["box_id"]))
            seen = await bob.until("edits")

    assert [box["id"] for box in seen["boxes"]] == [made["box_id"]]


async def test_the_reader_who_never_reads_is_let_go(world: World):
    """Its queue is bounded; the others don't notice."""
    image = world.image()
    slow = websockets.connect(
        f"{world.server.url.replace('http', 'ws', 1)}/ws/v1/canvas/{image}/",
        additional_headers={"Authorization": f"Api-Key {world.key}"},
        max_queue=1,
        max_size=None,
        close_timeout=0.1,
        ping_interval=None,
    )
    big = {str(n): "x" * 1_000 for n in range(50)}
    boxes = [add(attributes=big) for _ in range(20)]
    async with joined(world.server, image, world.key) as alice, slow as idle:
        await idle.send('{"type":"hello","last_seq":null}')
        await alice.until("joined")
        edits, heard = boxes, 0
        while not any(message["type"] == "left" for message in alice.heard) and heard < 60:
            post(world.server, world.key, f"images/{image}/edits", {"edits": edits})
            await alice.until("edits")
            edits = [change("update", box["box_id"], attributes=big) for box in boxes]
            heard += 1
        gone = await alice.until("left", patience=10)

    assert gone["type"] == "left"
    assert heard < 60
