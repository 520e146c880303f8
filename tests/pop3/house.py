"""A server of POP3 with a real store behind it, and clients that have logged in."""

import re
from pathlib import Path
from typing import Any

from connection.wires import Client, Reactor
from imap.stand_ins import Authenticator
from mailcap.connection.in_flight import InFlight
from mailcap.connection.registry import Registry
from mailcap.domain.accounts import Identity
from mailcap.domain.mailboxes import Appended, MailboxKey
from mailcap.pop3.backend import Backend
from mailcap.pop3.protocol import POP3Factory
from mailcap.pop3.settings import POP3Settings
from mailcap.services.accounts import Accounts
from mailcap.services.hub import Hub
from mailcap.services.mailboxes import Mailboxes
from support.scripts import play
from support.stores import Bench, run

PASSWORD = "tanstaaftanstaaf"
INBOX = "tim@example.com"
PUBLIC = "public@example.com"
KEY = MailboxKey(INBOX, "INBOX")
HEADER = b"Subject: test\r\n\r\n"


class House:
    """Who lives here: ``tim``, who owns `INBOX`, and ``ann``; `admin` sees all public mail.

    Settings are those of `POP3Settings`.  `late` are answers that wait until they are let go.
    """

    def __init__(self, reactor: Reactor, folder: Path, **settings: Any) -> None:
        self.bench = Bench(f"sqlite:///{folder}/mailcap.db")
        self.reactor = reactor
        self.people = {name: self.bench.account(name) for name in ("tim", "ann")}
        self.people["admin"] = self.bench.admin
        self.store = self.bench.store
        run(self.store.accounts.reserve_address(INBOX, "tim"))
        self.authenticator = Authenticator()
        self.hub = Hub()
        self.bench.tell = self.hub.changed
        self.registry = Registry(reactor)
        self.ahead = InFlight(10**7)
        accounts = self.store.accounts
        self.backend = Backend(
            authenticator=self.authenticator,
            mailboxes=Mailboxes(
                self.store.mailboxes,
                accounts,
                reservations=Accounts(accounts, home_domain="home.mailcap"),
            ),
            store=self.store.mailboxes,
            locks=self.store.locks,
            hub=self.hub,
            ahead=self.ahead,
            now=reactor.seconds,
        )
        self.configure(**settings)
        for name in self.people:
            self.knows(name)
        for inbox in (INBOX, PUBLIC):
            self.knows("tim", inbox)

    def configure(self, **settings: Any) -> None:
        """Let clients that come from now on find other settings."""
        settings.setdefault("host_name", "mail.test")
        settings.setdefault("plaintext_auth", "always")
        self.factory = POP3Factory(
            POP3Settings(**settings),
            backend=self.backend,
            registry=self.registry,
            in_flight=InFlight(10**9),
            clock=self.reactor,
        )

    def knows(self, name: str, inbox: str | None = None) -> None:
        """Let *name* log in, as an account or for an *inbox* alone."""
        who = self.people[name]
        self.authenticator.known[inbox or name] = Identity(
            account=who.account, account_name=who.account_name, inbox=inbox
        )

    def stranger(self, **ends: str) -> Client:
        """Return a client that has heard the greeting."""
        client = Client(self.reactor, self.factory, **ends)
        play(client, "S: +OK mail.test mailcap ready")
        return client

    def client(self, login: str = INBOX) -> Client:
        """Return a client that has logged in."""
        client = self.stranger()
        play(
            client,
            f"C: USER {login}\nS: +OK Send PASS\nC: PASS {PASSWORD}\nS: +OK ... messages (...",
        )
        return client

    def deliver(self, *rests: bytes, to: str = INBOX, header: bytes = HEADER) -> list[bytes]:
        """Let a message come for each of *rests*; return them whole, as they were stored."""
        for rest in rests:
            self.bench.deliver(to, header=header, rest=rest)
        return [f"X-Trace: {to}\r\n".encode() + header + rest for rest in rests]

    def append(self, *octets: bytes) -> None:
        """Store messages that have no trace, and no header block but themselves."""
        messages = [Appended(header=one, rest=b"") for one in octets]
        run(self.store.mailboxes.append(self.people["tim"].account, KEY, messages))

    def uids(self) -> list[int]:
        """Return what is in tim's inbox."""
        return list(run(self.store.mailboxes.maildrop(self.people["tim"].account, KEY)).uids)

    def close(self) -> None:
        self.bench.assert_sound()
        self.bench.close()


def said(client: Client, command: str) -> bytes:
    """Return the answer to *command*."""
    return client.send(f"{command}\r\n".encode())


def retrieved(client: Client, number: int) -> bytes:
    """Return a message as RETR gives it; the octets are as many as LIST says."""
    answer = said(client, f"RETR {number}")
    start, _, octets = answer.partition(b"\r\n")
    assert octets.endswith(b".\r\n"), answer
    octets = re.sub(rb"(?m)^\.", b"", octets[:-3])
    assert start == b"+OK %d octets" % len(octets)
    listed = said(client, f"LIST {number}")
    assert listed == b"+OK %d %d\r\n" % (number, len(octets))
    return octets
