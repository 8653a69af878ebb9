"""The editor's own JavaScript as one more client, where Node has sockets."""

import asyncio
import json
import shutil
import subprocess
from typing import Any

from tests.data import ROOT
from tests.live_clients import World

SCRIPT = ROOT / "tests/js/witness.mjs"
NODE = ("node", "--experimental-websocket")
# The client's own way back takes up to 15 s by itself.
PATIENCE = 60.0
# A state of a whole canvas is one line.
LONGEST_LINE = 1 << 26


def is_possible() -> bool:
    """Whether there is a Node whose sockets can send a header."""
    if shutil.which("node") is None:
        return False
    return subprocess.run([*NODE, "-e", "WebSocket"], capture_output=True, check=False).returncode == 0


class Witness:
    """The session of `static/editor/sync` at work on an image, in a process of its own."""

    def __init__(self, world: World, image: str, *, edits: int, seed: int) -> None:
        self.options = {
            "url": world.server.url,
            "path": f"/ws/v1/canvas/{image}/",
            "key": world.key,
            "user": world.user,
            "classes": world.classes,
            "edits": edits,
            "seed": seed,
        }
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *NODE,
            str(SCRIPT),
            json.dumps(self.options),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            limit=LONGEST_LINE,
        )

    async def end(self) -> dict[str, Any]:
        """What it sees and what it was answered, once all that it did is answered."""
        assert self.process is not None
        text, _ = await asyncio.wait_for(self.process.communicate(b"end\n"), PATIENCE)
        return json.loads(text)

    def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
