"""A server of IMAP with a real store behind it, and clients that have logged in."""

from pathlib import Path
from typing import Any

from connection.wires import Client, Reactor
from imap.stand_ins import Server
from mailcap.domain.accounts import Identity
from support.scripts import play
from support.stores import Bench

PASSWORD = "tanstaaftanstaaf"
INBOX = "tim@example.com"


class House:
    """Who lives here: ``tim``, who owns `INBOX`, and ``ann``; `admin` sees all public mail."""

    def __init__(self, reactor: Reactor, folder: Path, **settings: Any) -> None:
        self.bench = Bench(f"sqlite:///{folder}/mailcap.db")
        self.bench.clock.seconds = 1_790_000_000.0  # 2026-09-21 14:13:20 UTC
        self.server = Server(reactor, self.bench, **settings)
        self.reactor = reactor
        self.people = {name: self.bench.account(name) for name in ("tim", "ann")}
        self.people["admin"] = self.bench.admin
        self.bench.store.accounts.reserve_address(INBOX, "tim")
        ((self.epoch,),) = self.bench.sql("SELECT epoch FROM store")

    def client(self, name: str = "tim", inbox: str | None = None) -> Client:
        """Return a client that has logged in as *name*, or for an *inbox* alone."""
        who = self.people[name]
        login = inbox or name
        self.server.authenticator.known[login] = Identity(
            account=who.account, account_name=who.account_name, inbox=inbox
        )
        client = self.server.client()
        client.read()
        play(client, f"C: a LOGIN {login} {PASSWORD}\nS: a OK [CAPABILITY ...")
        return client

    def selected(self, *mailboxes: str, enable: str = "") -> Client:
        """Return a client of ``tim``'s that has selected INBOX, or another mailbox."""
        client = self.client()
        if enable:
            client.send(f"a ENABLE {enable}\r\n".encode())
        for mailbox in mailboxes or ("INBOX",):
            answer = client.send(f'a SELECT "{mailbox}"\r\n'.encode())
            assert answer.endswith(b"SELECT completed\r\n"), answer
        return client

    def deliver(self, *subjects: str, to: str = INBOX, rest: bytes = b"Hello\r\n") -> None:
        """Let a message come for each of *subjects*."""
        for subject in subjects:
            self.bench.deliver(to, header=f"Subject: {subject}\r\n\r\n".encode(), rest=rest)

    def close(self) -> None:
        self.bench.assert_sound()
        self.bench.close()
