"""A proxy for streams that cuts, slices, delays and swallows: between gateways and the broker's
socket, between visitors and the web gateway, between the Discord gateway and Discord."""

import asyncio
import contextlib
import socket
import struct
import threading


class Proxy:
    """Passes bytes between whoever connects to `listen` and `target`: a path or a port each.

    Runs in a thread of its own. What it does to the bytes may change at any time.
    """

    def __init__(self, listen, target):
        self._listen, self._target = listen, target
        # After so many bytes of one direction the connection is cut; None for never.
        self.cut_after = None
        # Pieces of so many bytes, and seconds between them.
        self.slice, self.pause = None, 0
        # Bytes are taken and go nowhere.
        self.swallows = False
        # New connections are taken and closed at once.
        self.refuses = False
        self.cuts = 0
        self.connections = 0
        self._writers = set()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._started.wait(10), "the proxy doesn't start"

    def reset_all(self):
        """Cuts every connection with RST, where the kind of socket knows that."""
        self._loop.call_soon_threadsafe(self._reset)

    def end(self):
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def _run(self):
        asyncio.run(self._serve())

    async def _serve(self):
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        if isinstance(self._listen, int):
            server = await asyncio.start_server(self._connected, "127.0.0.1", self._listen)
            self.port = server.sockets[0].getsockname()[1]
        else:
            server = await asyncio.start_unix_server(self._connected, self._listen)
        self._started.set()
        await self._over.wait()
        server.close()
        self._reset()

    def _reset(self):
        for writer in list(self._writers):
            one = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _connected(self, reader, writer):
        self.connections += 1
        self._writers.add(writer)
        other = None
        try:
            if self.refuses:
                return
            if isinstance(self._target, int):
                back, other = await asyncio.open_connection("127.0.0.1", self._target)
            else:
                back, other = await asyncio.open_unix_connection(str(self._target))
            self._writers.add(other)
            passing = [
                asyncio.create_task(self._pass(reader, other)),
                asyncio.create_task(self._pass(back, writer)),
            ]
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
            for one in passing:
                one.cancel()
        except OSError:
            pass
        finally:
            for one in (writer, other):
                if one is not None:
                    self._writers.discard(one)
                    one.transport.abort()

    async def _pass(self, reader, writer):
        left = self.cut_after
        with contextlib.suppress(OSError):
            while piece := await reader.read(65536):
                if self.swallows:
                    continue
                if left is not None:
                    writer.write(piece[:left])
                    left -= len(piece)
                    if left <= 0:
                        await writer.drain()
                        # What was written shall arrive, and no more.
                        await asyncio.sleep(0.02)
                        self.cuts += 1
                        return
                    continue
                size = self.slice or len(piece)
                for start in range(0, len(piece), size):
                    writer.write(piece[start:start + size])
                    await writer.drain()
                    if self.slice:
                        await asyncio.sleep(self.pause)
