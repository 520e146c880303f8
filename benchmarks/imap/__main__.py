"""``python -m benchmarks.imap``: mail clients' commands beside Dovecot.  See README.md."""

import argparse
import selectors
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from .client import Client
from .messages import messages
from .servers import Dovecot, Mailcap

_RUNS = 5
_APPENDED_AT_ONCE = 100
_IDLE = 500
_ROW = "{:42} {:>12} {:>12} {:>7}"


def fill(client: Client, count: int) -> None:
    """Store the messages in INBOX, half of them seen."""
    pending: list[bytes] = []
    for one in messages(count):
        pending.append(one)
        if len(pending) == _APPENDED_AT_ONCE:
            client.append("INBOX", pending)
            pending.clear()
    client.say("SELECT INBOX")
    client.say(f"STORE 1:{count // 2} +FLAGS.SILENT (\\Seen)")


def select(server: Dovecot | Mailcap) -> float:
    client = Client(server.service)
    try:
        return client.timed("SELECT INBOX")
    finally:
        client.close()


class Session:
    """A session that has selected INBOX, and the flags that it changes to and fro."""

    def __init__(self, server: Dovecot | Mailcap) -> None:
        self.client = Client(server.service)
        self.client.say("SELECT INBOX")
        self.sign = "+"

    def store(self) -> float:
        """Change a flag of 1,000 messages."""
        seconds = self.client.timed(f"STORE 1:1000 {self.sign}FLAGS (\\Answered)")
        self.sign = "-" if self.sign == "+" else "+"
        return seconds


COMMANDS = {
    "FETCH 1:* (UID FLAGS)": "flags of all",
    "FETCH 1:* (ENVELOPE BODYSTRUCTURE RFC822.SIZE)": "envelopes of all",
    "UID SEARCH UNSEEN": "search by flag",
    "UID SEARCH SUBJECT needle": "search Subject",
    "UID SEARCH HEADER X-Odd-Header needle": "search X-Odd-Header",
    "UID SEARCH TEXT needle": "search text",
    "FETCH 1:1000 (BODY.PEEK[])": "1,000 bodies",
}


def compare(servers: list[Dovecot | Mailcap], count: int, only: str) -> None:
    """Print how long each command takes on both, and the ratio."""
    sessions = {server.name: Session(server) for server in servers}

    def said(command: str) -> Callable[[Dovecot | Mailcap], float]:
        return lambda server: sessions[server.name].client.timed(command)

    actions: dict[str, Callable[[Dovecot | Mailcap], float]] = {
        "SELECT": select,
        **{name: said(command) for command, name in COMMANDS.items()},
        "STORE of 1,000 flags": lambda server: sessions[server.name].store(),
        f"{_IDLE} idle sessions, one delivery": idle,
    }
    for name, action in actions.items():
        if only not in name:
            continue
        for server in servers:
            action(server)  # once, to warm up
        seconds = {
            server.name: statistics.median(action(server) for _ in range(_RUNS))
            for server in servers
        }
        dovecot, mailcap = seconds["dovecot"], seconds["mailcap"]
        cells = [
            f"{dovecot * 1000:,.1f} ms",
            f"{mailcap * 1000:,.1f} ms",
            f"{mailcap / dovecot:.2f}",
        ]
        print(_ROW.format(f"{count:,}: {name}", *cells), flush=True)
    for session in sessions.values():
        session.client.close()


def idle(server: Dovecot | Mailcap) -> float:
    """Return how long it takes until all idle sessions have heard of a message."""
    sender = Client(server.service)
    sessions = [Client(server.service) for _ in range(_IDLE)]
    for session in sessions:
        session.say("SELECT Trash")
        session.idle()
    waiting = {session.socket for session in sessions}
    with selectors.DefaultSelector() as selector:
        for each in waiting:
            selector.register(each, selectors.EVENT_READ)
        sender.append("Trash", [b"Subject: new\r\n\r\nHello\r\n"])
        began = time.perf_counter()
        while waiting:
            for key, _ in selector.select(30):
                if b"EXISTS" in key.fileobj.recv(65536):  # type: ignore[union-attr]
                    selector.unregister(key.fileobj)
                    waiting.discard(key.fileobj)  # type: ignore[arg-type]
    seconds = time.perf_counter() - began
    for session in [sender, *sessions]:
        session.close()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imap")
    parser.add_argument("--messages", type=int, action="append", help="(10,000 and 100,000)")
    parser.add_argument("--only", metavar="TEXT", default="", help="commands whose name has TEXT")
    options = parser.parse_args()
    print(_ROW.format("messages: command", "dovecot", "mailcap", "ratio"), flush=True)
    for count in options.messages or [10_000, 100_000]:
        with tempfile.TemporaryDirectory() as name:
            servers: list[Dovecot | Mailcap] = []
            try:
                servers.append(Dovecot(Path(name) / "dovecot"))
                servers.append(Mailcap(Path(name) / "mailcap"))
                for server in servers:
                    client = Client(server.service)
                    if isinstance(server, Dovecot):
                        client.say("CREATE Trash")
                    fill(client, count)
                    client.close()
                compare(servers, count, options.only)
            finally:
                for server in servers:
                    server.stop()


main()
