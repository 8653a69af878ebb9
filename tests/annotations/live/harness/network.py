"""A network that delays, reorders, repeats and cuts, on top of a real socket."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import websockets

from tests.live_clients import LiveClient


@dataclass(frozen=True)
class Weather:
    """How bad it is: seconds of delay each way, and the chances of a repetition and a cut per message."""

    delay: float = 0.05
    repeats: float = 0.03
    cuts: float = 0.01


class Line:
    """Messages leave after a delay of their own, so they overtake each other; a cut loses what is under way."""

    def __init__(self, client: LiveClient, dice: random.Random, weather: Weather) -> None:
        self.client = client
        self.dice = dice
        self.weather = weather
        self.repeated = 0
        self._leaving: set[asyncio.Task[None]] = set()

    def send(self, message: dict[str, Any]) -> int:
        """Let it leave, now and then twice; says how often."""
        times = 2 if self.dice.random() < self.weather.repeats else 1
        self.repeated += times - 1
        for _ in range(times):
            task = asyncio.create_task(self._leave(message))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
        return times

    async def hear(self, take: Callable[[dict[str, Any]], None]) -> None:
        """Hand on what arrives until the connection ends; raises ConnectionClosed."""
        while True:
            message = await self.client.next()
            if self.dice.random() < 0.2:
                await asyncio.sleep(self.dice.uniform(0, self.weather.delay))
            take(message)

    def cut(self) -> None:
        """As when the wire is pulled: nobody says goodbye."""
        self.client.socket.transport.abort()

    def end(self) -> None:
        for task in self._leaving:
            task.cancel()

    async def _leave(self, message: dict[str, Any]) -> None:
        await asyncio.sleep(self.dice.uniform(0, self.weather.delay))
        try:
            await self.client.send(message)
        except websockets.ConnectionClosed:
            return
        if self.dice.random() < self.weather.cuts:
            self.cut()
