"""``python -m benchmarks.pop3``: a maildrop is fetched, beside Dovecot.  See README.md."""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.imap.client import Client as IMAPClient
from benchmarks.imap.messages import messages
from benchmarks.imap.servers import Dovecot, Mailcap

from .client import Client

_RUNS = 5
_APPENDED_AT_ONCE = 100
_ROW = "{:32} {:>12} {:>12} {:>7}"


def fill(server: Dovecot | Mailcap, count: int) -> None:
    """Store the messages in INBOX."""
    client = IMAPClient(server.service)
    pending: list[bytes] = []
    for one in messages(count):
        pending.append(one)
        if len(pending) == _APPENDED_AT_ONCE:
            client.append("INBOX", pending)
            pending.clear()
    if pending:
        client.append("INBOX", pending)
    client.close()


def log_in(server: Dovecot | Mailcap) -> float:
    began = time.perf_counter()
    client = Client(server.pop3)
    client.ask("LIST")
    client.ask("UIDL")
    client.quit()
    return time.perf_counter() - began


def one_by_one(server: Dovecot | Mailcap) -> float:
    client = Client(server.pop3)
    began = time.perf_counter()
    for number in range(1, client.count + 1):
        client.ask(f"RETR {number}")
    seconds = time.perf_counter() - began
    client.quit()
    return seconds


def pipelined(form: str) -> Callable[[Dovecot | Mailcap], float]:
    def run(server: Dovecot | Mailcap) -> float:
        client = Client(server.pop3)
        began = time.perf_counter()
        client.pipeline(form.format(number) for number in range(1, client.count + 1))
        seconds = time.perf_counter() - began
        client.quit()
        return seconds

    return run


ACTIONS: dict[str, Callable[[Dovecot | Mailcap], float]] = {
    "log in, LIST, UIDL, QUIT": log_in,
    "RETR one by one": one_by_one,
    "RETR pipelined": pipelined("RETR {}"),
    "TOP 0 pipelined": pipelined("TOP {} 0"),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pop3")
    parser.add_argument("--messages", type=int, default=10_000, help="(10,000)")
    parser.add_argument("--only", metavar="TEXT", default="", help="actions whose name has TEXT")
    options = parser.parse_args()
    print(_ROW.format(f"{options.messages:,} messages", "dovecot", "mailcap", "ratio"), flush=True)
    with tempfile.TemporaryDirectory() as name:
        servers: list[Dovecot | Mailcap] = []
        try:
            servers.append(Dovecot(Path(name) / "dovecot", pop3=True))
            servers.append(Mailcap(Path(name) / "mailcap"))
            for server in servers:
                fill(server, options.messages)
            for action, run in ACTIONS.items():
                if options.only in action:
                    compare(servers, action, run)
        finally:
            for server in servers:
                server.stop()


def compare(
    servers: list[Dovecot | Mailcap], action: str, run: Callable[[Dovecot | Mailcap], float]
) -> None:
    """Print how long it takes on both, and the ratio."""
    for server in servers:
        run(server)  # once, to warm up
    dovecot, mailcap = (statistics.median(run(server) for _ in range(_RUNS)) for server in servers)
    cells = [f"{dovecot * 1000:,.1f} ms", f"{mailcap * 1000:,.1f} ms", f"{mailcap / dovecot:.2f}"]
    print(_ROW.format(action, *cells), flush=True)


main()
