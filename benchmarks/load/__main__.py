"""``python -m benchmarks.load``: a flood, and those who must not notice it.  See README.md."""

import argparse
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.daemon import Access, Daemon, cpu_seconds
from tests.support.rest import Api

from .flood import flood
from .readers import read
from .senders import SENDERS, send

_TIMEOUT = 30  # seconds in the queue, and of silence: shorter than out of the box
_SLACK = 20.0  # seconds
_MEBI = 2**20
_MOST_MEMORY = 1024 * _MEBI
_MESSAGE_SECONDS = 1.0
_READER_SECONDS = 0.1
_WORKERS = 4

_broken: list[str] = []


def promise(kept: bool, text: str) -> None:
    """Print a line, and remember a promise that is not kept."""
    print(f"{'ok  ' if kept else 'FAIL'} {text}", flush=True)
    if not kept:
        _broken.append(text)


def quantiles(times: list[float]) -> tuple[float, float, float]:
    """Return median, p99 and the longest."""
    ordered = sorted(times)
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100], ordered[-1]


def shown(times: list[float]) -> str:
    middle, late, last = (1000 * each for each in quantiles(times))
    return f"median {middle:,.0f} ms, p99 {late:,.0f} ms, longest {last:,.0f} ms"


def readers(access: Access) -> dict[str, tuple[str, tuple]]:
    """Return who reads: those for whom there is a listener."""
    url = urlsplit(access.api_url)
    inbox = "good0@good.example"
    found: dict[str, tuple[str, tuple]] = {
        "IMAP": ("imap", (access.imap, inbox)),
        "REST": ("rest", ((url.hostname, url.port), inbox, access.api_key)),
    }
    if service := getattr(access, "pop3", None):
        found["POP3"] = ("pop3", (service, inbox))
    return found


def play(daemon: Daemon, connections: int, seconds: float) -> None:
    """Let all of them loose, and judge what they have seen."""
    access = daemon.access
    place = access.smtp.address
    half = connections // 2
    cpu = cpu_seconds(daemon.pid)
    with ProcessPoolExecutor(_WORKERS, mp_context=get_context("spawn")) as pool:
        pool.submit(send, place, 1.0).result()  # so that there is something to read
        floods = [
            pool.submit(flood, place, numbers, seconds, _TIMEOUT + _SLACK)
            for numbers in (range(half), range(half, connections))
        ]
        sending = pool.submit(send, place, seconds)
        reading = pool.submit(read, readers(access), seconds)
        times, failures = sending.result()
        answers = reading.result()
        print(metrics(access))
        ends: Counter[str] = Counter()
        flooded = 0
        for each in floods:
            some, count = each.result()
            ends += some
            flooded += count
    judge_senders(access, times, failures)
    for name, found in answers.items():
        if isinstance(found, str):
            promise(False, f"{name}: {found}")
        else:
            kept = quantiles(found)[1] < _READER_SECONDS
            promise(kept, f"{name}: {len(found)} answers, {shown(found)}")
    judge_flood(ends, flooded, connections)
    peak = daemon.memory("VmHWM")
    promise(peak < _MOST_MEMORY, f"memory of both processes at its peak: {peak / _MEBI:,.0f} MiB")
    print(f"     processor time: {cpu_seconds(daemon.pid) - cpu:,.0f} s")


def judge_senders(access: Access, times: list[float], failures: list[str]) -> None:
    promise(not failures, f"well-behaved: {len(failures)} failed {Counter(failures)}")
    promise(
        quantiles(times)[1] < _MESSAGE_SECONDS,
        f"well-behaved: {len(times)} messages got 250, {shown(times)}",
    )
    api = Api(access)
    stored = sum(
        api.request("GET", f"/addresses/good{number}@good.example/message-count").json["count"]
        for number in range(SENDERS)
    )
    promise(stored >= len(times), f"well-behaved: {stored} messages are there")


def judge_flood(ends: Counter[str], taken: int, connections: int) -> None:
    good = {"221", "421 4.3.2", "421 4.4.2"}
    said = ", ".join(f"{count:,} x {end}" for end, count in ends.most_common())
    kept = ends.keys() <= good and ends.total() == connections
    promise(kept, f"flood: {taken:,} messages got 250; connections ended with {said}")


def metrics(access: Access) -> str:
    """Return what the server says of its room and its queue."""
    url = urlsplit(access.api_url)
    client = HTTPConnection(url.hostname or "", url.port, timeout=60)
    client.request("GET", "/metrics")
    lines = client.getresponse().read().decode().splitlines()
    client.close()
    wanted = ("mailcap_room_used{", "mailcap_queue_length{", "mailcap_sessions{")
    return "\n".join(f"     {line}" for line in lines if line.startswith(wanted))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load")
    parser.add_argument("--connections", type=int, default=10_000, help="of the flood (10,000)")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (60)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        settings = {"queue.timeout": _TIMEOUT, "limits.smtp_idle": _TIMEOUT}
        daemon = Daemon(data_dir=Path(name) / "data", settings=settings)
        daemon.start()
        try:
            play(daemon, options.connections, options.seconds)
            print("".join(line for line in daemon.log.lines if " wait, " in line), end="")
        finally:
            daemon.stop()
    promise(not daemon.troubles(), f"log: {daemon.troubles()[:5]}")
    sys.exit(1 if _broken else 0)


if __name__ == "__main__":
    main()
