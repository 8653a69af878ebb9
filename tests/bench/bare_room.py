"""The limit of live editing: a bare websockets server that answers and broadcasts, and keeps nothing.

`python -m tests.bench.bare_room PORT`. The path names the room.
"""

import asyncio
import json
import sys
from collections import defaultdict

import websockets

rooms: dict[str, set[websockets.ServerConnection]] = defaultdict(set)


async def serve_one(socket: websockets.ServerConnection) -> None:
    assert socket.request is not None
    room = rooms[socket.request.path]
    room.add(socket)
    try:
        async for text in socket:
            ref = json.loads(text)["ref"]
            await socket.send(json.dumps({"type": "ack", "ref": ref}))
            websockets.broadcast(
                room - {socket}, json.dumps({"type": "edits", "ref": ref, "body": str(text)})
            )
    finally:
        room.discard(socket)


async def main(port: int) -> None:
    async with websockets.serve(serve_one, "127.0.0.1", port, compression=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
