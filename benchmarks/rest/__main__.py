"""``python -m benchmarks.rest``: lists and messages, beside bare Klein.  See README.md."""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from mailcap.domain.messages import Incoming
from mailcap.store import Store
from tests.support.daemon import Daemon
from tests.support.stores import incoming, run

_INBOXES = 100
_AT_ONCE = 500
_CONNECTIONS = 16
_RUNS = 3
_RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")
_ROW = "{:24} {:>8} {:>12} {:>12} {:>7}"


def fill(daemon: Daemon, count: int) -> None:
    """Store messages for `_INBOXES` inboxes by turns, past the daemon."""
    store = Store(f"sqlite:///{daemon.data_dir}/mailcap.db")
    store.open(create=False)
    for first in range(0, count, _AT_ONCE):
        batch = [message(number) for number in range(first, min(first + _AT_ONCE, count))]
        run(store.intake.store_batch(batch))
    store.close()


def message(number: int) -> Incoming:
    inbox = f"inbox{number % _INBOXES}@bench.example"
    header = (
        f"From: Somebody <from{number}@bench.example>\r\nTo: <{inbox}>\r\n"
        f"Subject: Message {number}\r\nMessage-ID: <{number}@bench.example>\r\n\r\n"
    )
    rest = f"Look at https://bench.example/{number}\r\n".encode() + b"x" * 70 + b"\r\n"
    return incoming(inbox, header=header.encode(), rest=rest)


class Api:
    """The API with the key of *daemon*."""

    def __init__(self, daemon: Daemon) -> None:
        self._url = daemon.access.api_url
        self.key = str(daemon.access.api_key)

    def url(self, path: str) -> str:
        return self._url + path

    def get(self, path: str) -> bytes:
        place = urlsplit(self.url(path))
        connection = HTTPConnection(place.netloc, timeout=60)
        connection.request("GET", place.path, headers={"Mailsac-Key": self.key})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:200]!r}")
        return body


@contextmanager
def constant(body: bytes, folder: Path) -> Iterator[str]:
    """Have Klein answer *body* and nothing else, in a process of its own; give its URL."""
    file = folder / "body"
    file.write_bytes(body)
    words = [sys.executable, "-m", "benchmarks.rest.constant", str(file)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def requests_per_second(url: str, seconds: float, key: str) -> float:
    """Return what wrk reaches."""
    words = ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{seconds:g}s", "-H", f"Mailsac-Key: {key}", url]
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=seconds + 60)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(done.stdout)
    (rate,) = _RATE.findall(done.stdout)
    return float(rate)


def compare(name: str, api: Api, path: str, *, runs: int, seconds: float, folder: Path) -> None:
    """Print what both reach, run by run in turn, and the ratio."""
    body = api.get(path)
    measure: Callable[[str], float] = lambda url: requests_per_second(url, seconds, api.key)  # noqa: E731
    with constant(body, folder) as reference:
        pairs = [(measure(reference), measure(api.url(path))) for _ in range(runs)]
    klein, ours = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    cells = (f"{len(body):,}", f"{klein:,.0f}/s", f"{ours:,.0f}/s", f"{ours / klein:.2f}")
    print(_ROW.format(name, *cells), flush=True)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rest")
    parser.add_argument("--messages", type=int, default=100_000, help="stored (100,000)")
    parser.add_argument("--runs", type=int, default=_RUNS, help=f"({_RUNS})")
    parser.add_argument("--seconds", type=float, default=5, help="of each run (5)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mailcap-bench-") as name:
        folder = Path(name)
        daemon = Daemon(data_dir=folder / "data")
        daemon.start()
        try:
            fill(daemon, options.messages)
            print(
                _ROW.format(f"{options.messages:,} messages", "octets", "Klein", "mailcap", "ratio")
            )
            api = Api(daemon)
            here = "/addresses/inbox7@bench.example/messages"
            newest = api.get(here).split(b'"_id":"', 1)[1].split(b'"', 1)[0].decode()
            for what, path in (("newest 20 of an inbox", here), ("a message", f"{here}/{newest}")):
                compare(what, api, path, runs=options.runs, seconds=options.seconds, folder=folder)
        finally:
            daemon.stop()
    if daemon.troubles():
        sys.exit("".join(daemon.troubles()))


if __name__ == "__main__":
    main()
