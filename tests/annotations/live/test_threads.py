"""Threads appear at once for everybody who has the picture open, and go the same way."""

import pytest

from tests.live_clients import World, joined, post

pytestmark = pytest.mark.xdist_group("live")


async def test_a_thread_arrives_changes_and_goes_where_the_picture_is_open(world: World):
    image, other = world.image(), world.image()
    call = world.server.call
    async with (
        joined(world.server, image, world.key) as bob,
        joined(world.server, other, world.key) as elsewhere,
    ):
        said = {"anchor": {"kind": "point", "point": [5, 6]}, "text": "Here."}
        begun = post(world.server, world.key, f"images/{image}/threads", said)
        heard = (await bob.until("thread"))["thread"]
        call("PATCH", f"threads/{begun['id']}", world.key, {"state": "resolved"})
        resolved = (await bob.until("thread"))["thread"]
        call("DELETE", f"threads/{begun['id']}", world.key)
        gone = (await bob.until("thread"))["thread"]
        await elsewhere.hello()

        assert heard == begun
        assert (resolved["state"], resolved["revision"]) == ("resolved", 2)
        assert gone == {"id": begun["id"], "image": image, "is_deleted": True}
        assert not [message for message in elsewhere.heard if message["type"] == "thread"]
