"""``python -m benchmarks.latency``: from the 250 to those who wait for mail.  See README.md."""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from websockets.asyncio.client import connect

from tests.support.daemon import Access, Daemon

DOMAIN = "bench.example"
_CONNECTIONS = 20
_LISTENER = f"live@{DOMAIN}"
_PATIENCE = 60.0  # seconds


class Sender:
    """One SMTP connection; `at` says when which subject had its 250."""

    def __init__(self, access: Access, at: dict[str, float]) -> None:
        self._place = access.smtp.address
        self._at = at

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(*self._place)
        await self._reply()
        await self._say(b"EHLO bench.example\r\n")

    async def send(self, subject: str, recipient: str) -> None:
        envelope = f"MAIL FROM:<from@{DOMAIN}>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n"
        self._writer.write(envelope.encode())
        for _ in range(3):
            await self._reply()
        body = f"From: from@{DOMAIN}\r\nSubject: {subject}\r\n\r\n" + "x" * 70 + "\r\n"
        await self._say(f"{body}.\r\n".encode())
        self._at[subject] = perf_counter()

    def close(self) -> None:
        self._writer.close()

    async def _say(self, data: bytes) -> None:
        self._writer.write(data)
        await self._reply()

    async def _reply(self) -> None:
        while (line := await self._reader.readline())[3:4] == b"-":
            pass
        if line[:1] not in (b"2", b"3"):
            raise RuntimeError(f"SMTP: {line!r}")


async def hear(access: Access, heard: dict[str, float], ready: asyncio.Event, count: int) -> None:
    """Note when the frame of each message came."""
    place = urlsplit(access.api_url)
    url = f"ws://{place.netloc}/incoming-messages?key={access.api_key}&addresses={_LISTENER}"
    async with connect(url, max_size=None) as live:
        await live.recv()
        ready.set()
        for _ in range(count):
            frame = await live.recv()
            now = perf_counter()
            heard[json.loads(frame)["subject"]] = now


async def wait(access: Access, subject: str, heard: dict[str, float]) -> None:
    """Wait for one message to an inbox of its own, and note when the answer began."""
    place = urlsplit(access.api_url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    target = f"/api/addresses/{subject}@{DOMAIN}/messages/wait?timeout=300"
    head = f"GET {target} HTTP/1.1\r\nHost: x\r\nMailsac-Key: {access.api_key}\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode())
    line = await reader.readline()
    heard[subject] = perf_counter()
    if b" 200 " not in line:
        raise RuntimeError(f"HTTP: {line!r}")
    writer.close()


async def play(access: Access, *, rate: int, seconds: int) -> list[list[float]]:
    """Return the latencies of WebSocket frames and of waiting requests.

    Half of the messages go to the one, half to the others.
    """
    count = rate * seconds
    sent: dict[str, float] = {}
    framed: dict[str, float] = {}
    answered: dict[str, float] = {}
    ready = asyncio.Event()
    names = [f"m{number}" for number in range(count)]
    listener = asyncio.create_task(hear(access, framed, ready, len(names[::2])))
    waiters = [asyncio.create_task(wait(access, name, answered)) for name in names[1::2]]
    await ready.wait()
    await asyncio.sleep(2 + len(waiters) / 500)  # until all of them wait
    senders = [Sender(access, sent) for _ in range(_CONNECTIONS)]
    for sender in senders:
        await sender.open()
    start = perf_counter()

    async def stream(first: int, sender: Sender) -> None:
        for number in range(first, count, _CONNECTIONS):
            await asyncio.sleep(max(0.0, start + number / rate - perf_counter()))
            inbox = f"{names[number]}@{DOMAIN}" if number % 2 else _LISTENER
            await sender.send(names[number], inbox)

    await asyncio.gather(*[stream(first, sender) for first, sender in enumerate(senders)])
    print(f"{count / (perf_counter() - start):,.0f} messages/s sent", flush=True)
    await asyncio.wait_for(asyncio.gather(listener, *waiters), _PATIENCE)
    for sender in senders:
        sender.close()
    return [[at - sent[name] for name, at in heard.items()] for heard in (framed, answered)]


def show(what: str, latencies: list[float]) -> None:
    """Print the middle and the worst hundredth; what is there before the 250 counts as 0."""
    steps = statistics.quantiles([max(0.0, one) * 1e3 for one in latencies], n=100)
    print(f"{what:18} p50 {steps[49]:7.1f} ms   p99 {steps[98]:7.1f} ms   of {len(latencies)}")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency")
    parser.add_argument("--rate", type=int, default=500, help="messages a second (500)")
    parser.add_argument("--seconds", type=int, default=4, help="for how long (4)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mailcap-bench-") as folder:
        daemon = Daemon(data_dir=Path(folder) / "data")
        daemon.start()
        try:
            framed, answered = asyncio.run(
                play(daemon.access, rate=options.rate, seconds=options.seconds)
            )
        finally:
            daemon.stop()
    if daemon.troubles():
        sys.exit("".join(daemon.troubles()))
    show("WebSocket frame", framed)
    show("waiting request", answered)


if __name__ == "__main__":
    main()
