"""Two people on one picture, over real sockets to a real server."""

import asyncio

from tests.live_clients import World, add, change, connected, joined, new_id


async def test_two_clients_see_each_others_edits(world: World):
    image = world.image()
    async with joined(world.server, image, world.key) as alice, joined(world.server, image, world.key) as bob:
        made = add(class_id=world.classes[0])

        ack = await alice.edited(made)
        seen = await bob.until("edits")

        assert (ack["type"], ack["seq"], ack["dropped"]) == ("ack", 1, [])
        assert ack["boxes"][0]["id"] == made["box_id"]
        assert (seen["seq"], seen["ref"]) == (1, ack["ref"])
        assert seen["actor"]["name"] == "bootstrap"
        assert [edit["box_id"] for edit in seen["edits"]] == [made["box_id"]]
