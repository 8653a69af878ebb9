"""Two people load the same picture and both save: elsewhere both get 200 and the first one's work is gone.

Here both works are there, or the second is told; and where the last one wins, the first sees it and the log has both.
"""

from typing import Any

import pytest

from tests.live_clients import LiveClient, World, add, change, joined, new_id

pytestmark = pytest.mark.xdist_group("live")

FRAME = ("x", "y", "w", "h")


@pytest.fixture(scope="module")
def bob(world: World) -> tuple[str, str]:
    """Bob's user id and key; Alice has the world's own."""
    return world.person("annotator")


def rest(world: World, image: str, key: str, *edits: dict, base: int, headers: Any = None) -> tuple[int, Any]:
    body = {"base_seq": base, "edits": list(edits)}
    return world.server.call("POST", f"images/{image}/edits", key, body, **(headers or {}))


def loaded(world: World, *boxes: dict[str, Any]) -> tuple[str, int, list[str]]:
    """A picture with boxes that both have read: its id, the revision and the ids."""
    image = world.image()
    edits = list(boxes)
    status, ack = rest(world, image, world.key, *edits, base=0)
    assert status == 200
    return image, ack["seq"], [edit["box_id"] for edit in edits]


def frames(world: World, image: str) -> dict[str, list[float]]:
    return {box["id"]: [box[side] for side in FRAME] for box in world.boxes(image)["results"]}


def moved(box: str, x: float, **more: Any) -> dict[str, Any]:
    return change("update", box, x=x, y=20, w=30, h=10, **more)


def patches_of(world: World, image: str, box: str) -> list[tuple[str, Any]]:
    """Who wrote which x to the box, as the log keeps it."""
    return [
        (batch["actor"]["user"], edit["patch"]["x"])
        for batch in world.log(image)
        for edit in batch["edits"]
        if edit["box_id"] == box and "x" in edit["patch"]
    ]


async def heard(client: LiveClient, seq: int) -> dict[str, Any]:
    return await client.until("edits", seq=seq, patience=2)


def test_two_stale_saves_of_one_picture_keep_both_works(world: World, bob: tuple[str, str]):
    image, base, (one, two) = loaded(world, add(x=1), add(x=2))
    third = add(x=3)

    first, _ = rest(world, image, world.key, moved(one, 50), third, base=base)
    second, _ = rest(world, image, bob[1], moved(two, 60), base=base)

    assert (first, second) == (200, 200)
    assert frames(world, image) == {
        one: [50, 20, 30, 10],
        two: [60, 20, 30, 10],
        third["box_id"]: [3, 10, 20, 20],
    }


def test_a_stale_save_that_names_its_revision_is_refused_and_changes_nothing(
    world: World, bob: tuple[str, str]
):
    image, base, (box,) = loaded(world, add())
    held = {"If-Match": f'"{base}"'}

    first, ack = rest(world, image, world.key, moved(box, 50), base=base, headers=held)
    second, problem = rest(world, image, bob[1], moved(box, 60), base=base, headers=held)

    assert (first, ack["seq"]) == (200, base + 1)
    assert (second, problem["seq"]) == (412, base + 1)
    assert frames(world, image) == {box: [50, 20, 30, 10]}


def test_a_stale_save_that_expects_what_it_read_is_refused_and_says_which(world: World, bob: tuple[str, str]):
    image, base, (box,) = loaded(world, add(x=1))
    stale = moved(box, 60, expect={"x": 1, "y": 10, "w": 20, "h": 20})

    first, _ = rest(world, image, world.key, moved(box, 50), base=base)
    second, problem = rest(world, image, bob[1], stale, base=base)

    assert (first, second, problem["code"]) == (200, 409, "changed")
    assert [(drop["op_id"], drop["code"]) for drop in problem["dropped"]] == [(stale["op_id"], "changed")]
    assert frames(world, image) == {box: [50, 20, 30, 10]}


def test_only_the_field_that_somebody_changed_is_held_back(world: World, bob: tuple[str, str]):
    image, base, (box,) = loaded(world, add(x=1))
    read = {"x": 1, "y": 10, "w": 20, "h": 20, "class_id": None}

    rest(world, image, world.key, moved(box, 50), base=base)
    second, ack = rest(
        world, image, bob[1], moved(box, 60, expect=read, class_id=world.classes[0]), base=base
    )

    assert second == 200
    assert [ack["boxes"][0][name] for name in ("class_id", *FRAME)] == [world.classes[0], 50, 20, 30, 10]
    assert world.boxes(image)["results"] == ack["boxes"]


async def test_stale_saves_over_rest_reach_who_was_overruled(world: World, bob: tuple[str, str]):
    image, base, (box,) = loaded(world, add())

    async with joined(world.server, image, world.key) as alice:
        await alice.edited(moved(box, 50))
        status, ack = rest(world, image, bob[1], moved(box, 60), base=base)
        news = await heard(alice, base + 2)

    assert (status, ack["seq"]) == (200, base + 2)
    assert (news["actor"]["user"], news["edits"][0]["patch"]["x"]) == (bob[0], 60)
    assert frames(world, image) == {box: [60, 20, 30, 10]}
    assert patches_of(world, image, box)[1:] == [(world.user, 50), (bob[0], 60)]


async def test_two_stale_sockets_merge_different_fields(world: World, bob: tuple[str, str]):
    image, base, (box,) = loaded(world, add(class_id=world.classes[0]))

    async with joined(world.server, image, world.key) as alice, joined(world.server, image, bob[1]) as robert:
        refs = (
            await alice.edit(moved(box, 50), base_seq=base),
            await robert.edit(
                change("update", box, class_id=world.classes[1], attributes={"wet": True}), base_seq=base
            ),
        )
        acks = [await one.until("ack", ref=ref) for one, ref in zip((alice, robert), refs, strict=True)]

    (stored,) = world.boxes(image)["results"]
    assert sorted(ack["seq"] for ack in acks) == [base + 1, base + 2]
    assert [stored[side] for side in FRAME] == [50, 20, 30, 10]
    assert (stored["class_id"], stored["attributes"]) == (world.classes[1], {"wet": True})


async def test_of_two_stale_sockets_the_overruled_one_sees_it_and_the_log_has_both(
    world: World, bob: tuple[str, str]
):
    image, base, (box,) = loaded(world, add())

    async with joined(world.server, image, world.key) as alice, joined(world.server, image, bob[1]) as robert:
        mine, his = new_id(), new_id()
        await alice.edit(moved(box, 50), ref=mine, base_seq=base)
        await robert.edit(moved(box, 60), ref=his, base_seq=base)
        seqs = {
            world.user: (await alice.until("ack", ref=mine))["seq"],
            bob[0]: (await robert.until("ack", ref=his))["seq"],
        }
        winner = max(seqs, key=lambda user: seqs[user])
        loser = robert if winner == world.user else alice
        news = await heard(loser, base + 2)

    wrote = {world.user: 50, bob[0]: 60}
    assert (news["actor"]["user"], news["edits"][0]["patch"]["x"]) == (winner, wrote[winner])
    assert frames(world, image) == {box: [wrote[winner], 20, 30, 10]}
    written = sorted(seqs, key=lambda user: seqs[user])
    assert patches_of(world, image, box)[1:] == [(user, wrote[user]) for user in written]


async def test_a_stale_socket_that_expects_what_it_saw_is_told(world: World, bob: tuple[str, str]):
    image, base, (box,) = loaded(world, add(x=1))
    stale = moved(box, 60, expect={"x": 1})

    async with joined(world.server, image, world.key) as alice, joined(world.server, image, bob[1]) as robert:
        first = await alice.edited(moved(box, 50))
        second = await robert.edited(stale)
        news = await heard(robert, base + 1)

    assert (first["type"], second["type"], second["problem"]["code"]) == ("ack", "refused", "changed")
    assert [drop["op_id"] for drop in second["dropped"]] == [stale["op_id"]]
    assert news["edits"][0]["patch"]["x"] == 50
    assert frames(world, image) == {box: [50, 20, 30, 10]}


async def test_a_stale_move_of_a_deleted_box_is_told_and_does_not_bring_it_back(
    world: World, bob: tuple[str, str]
):
    image, base, (box,) = loaded(world, add())

    async with joined(world.server, image, bob[1]) as robert:
        first, _ = rest(world, image, world.key, change("delete", box), base=base)
        second = await robert.edited(moved(box, 60))

    assert (first, second["problem"]["code"]) == (200, "gone")
    assert world.boxes(image) == {"seq": base + 1, "results": []}
