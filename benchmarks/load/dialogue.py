"""SMTP as all clients of this benchmark speak it, each from an address of its own."""

import asyncio
from typing import Self

MESSAGE = b"Subject: load\r\n\r\n" + (b"x" * 70 + b"\r\n") * 56 + b".\r\n"


class Farewell(Exception):
    """The server has ended the session by 421."""


class Dropped(Exception):
    """The server has ended it without a word."""


class Unexpected(Exception):
    """The server said something that no client has to expect."""


class Dialogue:
    """One connection from *source* to *place*."""

    def __init__(self, place: tuple[str, int], source: str) -> None:
        self._place = place
        self._source = source
        self._writer: asyncio.StreamWriter | None = None

    async def connect(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(
            *self._place, local_addr=(self._source, 0)
        )
        return self

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    async def say(self, words: bytes, code: int) -> None:
        """Send *words*, and take the answer, which has *code*."""
        assert self._writer is not None
        self._writer.write(words)
        await self.hear(code)

    async def hear(self, code: int) -> None:
        """Take an answer, which has *code*."""
        try:
            line = await self._reader.readline()
            while line[3:4] == b"-":
                line = await self._reader.readline()
        except ConnectionError:
            line = b""
        if not line.endswith(b"\n"):
            raise Dropped(repr(line))
        if line.startswith(b"421 "):
            raise Farewell(line[4:9].decode())
        if line[:3] != b"%d" % code:
            raise Unexpected(line.decode())

    async def greeted(self) -> None:
        await self.hear(220)
        await self.say(b"EHLO load.example\r\n", 250)

    async def send(self, recipient: str) -> None:
        """Send a message; behind this it is on disk."""
        await self.say(b"MAIL FROM:<from@load.example>\r\n", 250)
        await self.say(f"RCPT TO:<{recipient}>\r\n".encode(), 250)
        await self.say(b"DATA\r\n", 354)
        await self.say(MESSAGE, 250)
