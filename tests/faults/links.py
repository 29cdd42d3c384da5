"""A network between two parts of a platform that can be cut, slowed down and torn.

A relay of TCP connections, so that it needs no rights of the kernel and works the same
on every system: what it holds back looks to both ends like packets that never arrive.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

#: Bytes per read; small while the link is slow.
_LARGE, _SMALL = 65_536, 2_048
TO, FROM = "to", "from"


@dataclass(eq=False)
class Connection:
    """Two sockets; a torn one has lost the far one, and the near one is not told."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    torn: bool = False


class Link:
    """From a port of loopback to a server, by port or by Unix socket."""

    def __init__(self, server: int | Path) -> None:
        self._server = server
        self.port = 0
        #: Bytes per second in each direction; None: as fast as it goes.
        self.rate: float | None = None
        self._loop = asyncio.new_event_loop()
        self._open: dict[str, asyncio.Event] = {}
        self._connections: list[Connection] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._open = {side: asyncio.Event() for side in (TO, FROM)}
        for side in self._open.values():
            side.set()
        self._listener = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _join(
        self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter
    ) -> None:
        self._writers.append(near_out)
        await self._open[TO].wait()
        try:
            if isinstance(self._server, Path):
                far_in, far_out = await asyncio.open_unix_connection(self._server)
            else:
                far_in, far_out = await asyncio.open_connection(
                    "127.0.0.1", self._server
                )
        except OSError:
            near_out.close()
            return
        self._writers.append(far_out)
        both = Connection(near_out, far_out)
        self._connections.append(both)
        await asyncio.gather(
            self._pass(TO, near_in, both), self._pass(FROM, far_in, both)
        )
        self._connections.remove(both)

    async def _pass(
        self, side: str, source: asyncio.StreamReader, both: Connection
    ) -> None:
        sink = both.far if side == TO else both.near
        with suppress(OSError):
            while data := await source.read(_SMALL if self.rate else _LARGE):
                await self._open[side].wait()
                if self.rate:
                    await asyncio.sleep(len(data) / self.rate)
                if not both.torn:  # else it swallows what is said
                    sink.write(data)
                    await sink.drain()
        if not both.torn:
            sink.close()

    def cut(self, *sides: str) -> None:
        """Nothing arrives any more, in one direction or (none named) in both."""
        for side in sides or (TO, FROM):
            self._loop.call_soon_threadsafe(self._open[side].clear)

    def heal(self) -> None:
        """What was held back arrives."""
        for side in self._open.values():
            self._loop.call_soon_threadsafe(side.set)

    def tear(self) -> None:
        """The server's ends are gone, and those who connected never hear of it."""
        self._loop.call_soon_threadsafe(self._tear)

    def _tear(self) -> None:
        for both in self._connections:
            both.torn = True
            both.far.transport.abort()

    def close(self) -> None:
        """The end of the network."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._listener.close()
        for side in self._open.values():
            side.set()
        for writer in self._writers:
            writer.transport.abort()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        if rest:
            await asyncio.wait(rest, timeout=5)
        await asyncio.sleep(0.1)  # in which the sockets are closed
        self._loop.stop()
