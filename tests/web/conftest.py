"""A site in memory, with mail and accounts in memory."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.logger import LogLevel, globalLogPublisher

from fakes import MemoryAccounts, outcome
from mailcap.connection.registry import Registry
from mailcap.domain.accounts import Access, Identity
from mailcap.domain.addresses import fold_domain, parse_address
from mailcap.domain.errors import AuthenticationFailed, Busy, NotFound, NotOwned, NotPermitted
from mailcap.domain.messages import Content, Flag, Folder, Message
from mailcap.mime import headers
from mailcap.mime.summary import summarise
from mailcap.services.accounts import Accounts
from mailcap.services.statistics import Statistics
from mailcap.services.summaries import Summaries
from mailcap.services.unified_inbox import UnifiedInbox
from mailcap.services.waiting import Wish
from mailcap.web.backend import Backend
from mailcap.web.limits import Limits
from mailcap.web.metrics import Metrics
from mailcap.web.site import Site, make_site
from web.memory import Answer, Client, FakeReactor

ALICE = Identity(account=1, account_name="alice", key_label="ci")
BOB = Identity(account=2, account_name="bob", key_label="laptop")
ADMIN = Identity(account=3, account_name="admin", key_label="first")
TIM = Identity(account=1, account_name="alice", key_label="tim", user="tim")
KEYS = {"k_alice": ALICE, "k_bob": BOB, "k_admin": ADMIN, "k_tim": TIM}
WHEN = 1_700_000_000_123
TRACE = b"Return-Path: <from@sender.test>\r\nReceived: from sender.test\r\n\tfor <%b>; now\r\n"
PLAIN = (
    b"From: Ann <ann@sender.test>\r\nTo: Bob <bob@x.test>\r\nSubject: Hello\r\n\r\n"
    b"See https://example.com\r\n"
)


class FakeAuthenticator:
    """Knows `KEYS`.

    `failure` is raised instead of any answer, `wait` is awaited first; `asked` is what
    came.
    """

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.wait: Any = None
        self.asked: list[tuple[str, str]] = []

    async def authenticate_key(self, key: str, *, peer: str) -> Identity:
        self.asked.append((key, peer))
        if self.wait is not None:
            await self.wait
        if self.failure:
            raise self.failure
        if key not in KEYS:
            raise AuthenticationFailed("no such key")
        return KEYS[key]


class FakeMail:
    """Mail in memory, with the rules of `mailcap.services.mail.Mail`.

    `owners` and `domains` say which accounts own which inboxes and domains.  `failure`
    is raised by every call from then on; `wait` is awaited first.
    """

    def __init__(self) -> None:
        self.owners: dict[str, int] = {}
        self.domains: dict[str, int] = {}
        self.failure: Exception | None = None
        self.wait: Any = None
        self.queries: list[dict[str, Any]] = []
        self._stored: list[tuple[Message, Content]] = []

    def add(self, inbox: str, body: bytes = PLAIN, **facts: Any) -> str:
        """Store a message and return its id."""
        number = len(self._stored) + 1
        cut = headers.split(body)
        content = Content(TRACE % inbox.encode(), body[:cut], body[cut:])
        message = {
            "number": number,
            "id": f"0Ab_{number:022}-0",
            "body": number,
            "inbox": inbox,
            "original_inbox": inbox,
            "folder": Folder.INBOX,
            "received": WHEN + number,
            "internal_date": WHEN,
            "size": len(content.raw),
            "seen": None,
            "flags": Flag(0),
            "saved_by": None,
            "labels": (),
            "envelope": {
                "mailFrom": "from@sender.test",
                "helo": "sender.test",
                "ip": "192.0.2.1",
                "via": "198.51.100.1",
                "tls": None,
                "protocol": "ESMTP",
            },
            "recipient": {"rcptTo": inbox},
        }
        self._stored.append((Message(**message | facts), content))
        return self._stored[-1][0].id

    def change(self, message_id: str, **facts: Any) -> None:
        """Change a stored message."""
        for place, (message, content) in enumerate(self._stored):
            if message.id == message_id:
                self._stored[place] = (replace(message, **facts), content)

    async def list_messages(self, who, address, *, until=None, before=None, limit=20):
        inbox = await self._readable(who, address)
        self.queries.append({"inbox": inbox, "until": until, "before": before, "limit": limit})
        found = [pair for pair in reversed(self._stored) if pair[0].inbox == inbox]
        return [self._shown(pair) for pair in found[:limit]]

    async def count_messages(self, who, address):
        inbox = await self._readable(who, address)
        return sum(message.inbox == inbox for message, _ in self._stored)

    async def message(self, who, address, message_id):
        return self._shown(await self._find(who, address, message_id))

    async def content(self, who, address, message_id):
        return await self._find(who, address, message_id)

    async def delete(self, who, address, message_id):
        pair = await self._find(who, address, message_id)
        self._stored.remove(pair)
        return pair[0]

    async def purge(self, who, address):
        await self._answer()
        inbox = parse_address(address).inbox
        if self.owners.get(inbox) != who.account:
            raise NotOwned(f"Cannot delete messages of {inbox}")
        before = len(self._stored)
        self._stored = [pair for pair in self._stored if pair[0].inbox != inbox]
        return before - len(self._stored)

    async def list_domain(self, who, domain, *, until=None, before=None, limit=20):
        domain = self._own_domain(who, domain)
        self.queries.append({"domain": domain, "until": until, "before": before, "limit": limit})
        found = [pair for pair in reversed(self._stored) if pair[0].inbox.endswith(f"@{domain}")]
        return [self._shown(pair) for pair in found[:limit]]

    async def count_domain(self, who, domain):
        return len(await self.list_domain(who, domain, limit=1000))

    async def clear_domain(self, who, domain):
        if self.domains.get(domain) != who.account:
            raise NotOwned(f"{domain} is not this account's")
        for message, _ in list(self._stored):
            if message.inbox.endswith(f"@{domain}"):
                self.clear(message.inbox)

    def clear(self, inbox: str) -> None:
        """Delete all messages of an inbox."""
        self._stored = [pair for pair in self._stored if pair[0].inbox != inbox]

    def _own_domain(self, who: Identity, domain: str) -> str:
        domain = fold_domain(domain)
        if domain not in self.domains:
            raise NotFound(f"There is no domain {domain} of this account.")
        if self.domains[domain] != who.account:
            raise NotPermitted(f"{domain} is owned by another account.")
        return domain

    async def toggle_star(self, who, address, message_id):
        message, _ = await self._find(who, address, message_id)
        return self._changed(message_id, saved_by=None if message.saved_by else who.account_name)

    async def add_label(self, who, address, message_id, label):
        message, _ = await self._find(who, address, message_id)
        return self._changed(message_id, labels=(*message.labels, label))

    async def remove_label(self, who, address, message_id, label):
        message, _ = await self._find(who, address, message_id)
        left = tuple(each for each in message.labels if each != label)
        return self._changed(message_id, labels=left)

    async def mark_read(self, who, address, message_id, *, read):
        await self._find(who, address, message_id)
        return self._changed(message_id, seen=read)

    async def refile(self, who, address, message_id, folder):
        await self._find(who, address, message_id)
        return self._changed(message_id, folder=folder)

    def _changed(self, message_id: str, **facts: Any) -> Message:
        self.change(message_id, **facts)
        return next(self._shown(pair) for pair in self._stored if pair[0].id == message_id)

    async def _answer(self) -> None:
        if self.wait is not None:
            await self.wait
        if self.failure:
            raise self.failure

    async def _readable(self, who: Identity, address: str) -> str:
        await self._answer()
        inbox = parse_address(address).inbox
        if self.owners.get(inbox, who.account) != who.account:
            raise NotPermitted(f"{inbox} is owned by another account.")
        return inbox

    async def _find(self, who: Identity, address: str, message_id: str):
        inbox = await self._readable(who, address)
        for message, content in self._stored:
            if (message.id, message.inbox) == (message_id, inbox):
                return message, content
        raise NotFound(f"there is no {message_id}")

    @staticmethod
    def _shown(pair: tuple[Message, Content]) -> Message:
        message, content = pair
        return replace(message, summary=summarise(content.body).encode())


class FakeWaiting:
    """Waits for `outcome`, a Deferred; `asked` is what came, `guests` who is held."""

    def __init__(self, mail: FakeMail) -> None:
        self._mail = mail
        self.outcome: Deferred[list[Message]] = Deferred()
        self.asked: list[tuple[Identity, str, Wish, float]] = []
        self.guests: list[Any] = []

    async def wait(self, who, address, wish, *, timeout, hold, in_turn):  # noqa: ASYNC109
        await in_turn(who, partial(self._mail.count_messages, who, address))
        self.asked.append((who, address, wish, timeout))
        self.guests.append(FakeGuest(who, self.outcome))
        hold(self.guests[-1])
        return await self.outcome


class FakeGuest:
    """Somebody who waits for *outcome*."""

    def __init__(self, who: Identity, outcome: Deferred[Any]) -> None:
        self.access = Access(who)
        self._outcome = outcome

    def expel(self) -> None:
        self._outcome.errback(NotPermitted("the right is gone"))

    def leave(self) -> None:
        self._outcome.errback(Busy("The server is stopping."))


class FakeSurveys:
    """A `SurveyStore` over the messages of a `FakeMail`, all of which have summaries."""

    def __init__(self, mail: FakeMail) -> None:
        self._mail = mail

    async def list_unified(self, who, *, since, skip, limit):
        found, _ = await self.walk_unified(who, below=None, most=1000)
        return [one for one in found if one.received >= (since or 0)][skip : skip + limit]

    async def count_unread(self, who):
        return sum(not one.seen for one in await self.list_unified(who, since=0, skip=0, limit=99))

    async def list_starred(self, who, *, limit):
        return [one for one in self._all() if one.saved_by == who.account_name][:limit]

    async def walk_unified(self, who, *, below, most, sieve=None):  # noqa: ARG002  it keeps all
        found = [
            one
            for one in self._all()
            if self._mail.owners.get(one.inbox) == who.account and one.number < (below or 9999)
        ][:most]
        return found, found[-1].number if found else None

    async def walk_public(self, *, first, below, most, sieve=None):  # noqa: ARG002  it keeps all
        found = [
            one
            for one in self._all()
            if one.inbox not in self._mail.owners and first <= one.number < below
        ]
        return found[:most], found[-1].number if found else None

    async def number_at(self, received):
        return next((one.number for one in self._all()[::-1] if one.received >= received), 9999)

    def _all(self) -> list[Message]:
        return [self._mail._shown(pair) for pair in reversed(self._mail._stored)]


class FakeStore:
    """Whether the database is there: `failure` says that it is not, `wait` that it hangs."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.wait: Any = None

    async def ready(self) -> None:
        if self.wait is not None:
            await self.wait
        if self.failure:
            raise self.failure


@pytest.fixture
def reactor() -> FakeReactor:
    return FakeReactor()


@pytest.fixture
def registry(reactor: FakeReactor) -> Registry:
    return Registry(reactor, most=100)


@pytest.fixture
def connections(reactor: FakeReactor, registry: Registry) -> tuple[FakeReactor, Registry]:
    """What connections are made of."""
    return reactor, registry


@pytest.fixture
def mail() -> FakeMail:
    return FakeMail()


@pytest.fixture
def account_store(mail: FakeMail) -> MemoryAccounts:
    """The accounts of `KEYS`, with the numbers that they have there."""
    store = MemoryAccounts()
    accounts = Accounts(store, home_domain="home.test")
    outcome(accounts.add_account("alice", capture_private=True))
    outcome(accounts.add_account("bob", message_limit=50))
    outcome(accounts.add_account("admin"))
    store.cleared = mail.clear
    return store


@pytest.fixture
def accounts(account_store: MemoryAccounts) -> Accounts:
    return Accounts(account_store, home_domain="home.test")


@pytest.fixture
def authenticator() -> FakeAuthenticator:
    return FakeAuthenticator()


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def waiting(mail: FakeMail) -> FakeWaiting:
    return FakeWaiting(mail)


@pytest.fixture
def build(mail, authenticator, accounts, store, *, waiting, connections) -> Callable[..., Site]:
    """A function that makes a site; its arguments are metrics and `Limits`."""
    reactor, registry = connections

    def make(metrics: Metrics | None = None, **limits: Any) -> Site:
        async def at_once(work: Callable[..., Any], *args: Any) -> Any:
            return work(*args)

        surveys = FakeSurveys(mail)
        summaries: Any = Summaries(mail, at_once)
        walking = {"summaries": summaries, "elsewhere": at_once, "clock": reactor.seconds}
        backend = Backend(
            mail=mail,
            authenticator=authenticator,
            unified=UnifiedInbox(surveys, **walking),
            statistics=Statistics(surveys, **walking),
            accounts=accounts,
            ready=store.ready,
            reactor=reactor,
            waiting=waiting,
            arrivals=None,
            arrival_store=None,
        )
        return make_site(backend, registry=registry, metrics=metrics, limits=Limits(**limits))

    return make


@pytest.fixture
def connect(build: Callable[..., Site]) -> Callable[..., Client]:
    """A function that connects to a site with the `Limits` that are its arguments."""
    made: dict[tuple[Any, ...], Site] = {}  # making one takes as long as many requests

    def make(*, window: int | None = None, **limits: Any) -> Client:
        kind = tuple(sorted(limits.items()))
        if kind not in made:
            made[kind] = build(**limits)
        return Client(made[kind], window=window)

    return make


@pytest.fixture
def connect_to() -> Callable[..., Client]:
    """A function that connects to the given site."""
    return Client


@pytest.fixture
def ask(build: Callable[..., Site]) -> Callable[..., Answer]:
    """A function that sends a request with alice's key, or with *key*, and returns the answer."""
    site = build()

    def send(method: str, target: str, *, key: str | None = "k_alice", body=b"", **headers: str):
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            given["Mailsac-Key"] = key
        return Client(site).request(method, target, body=body, headers=given)

    return send


@pytest.fixture
def log() -> Iterator[list[dict[str, Any]]]:
    """All that is logged during the test."""
    events: list[dict[str, Any]] = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


@pytest.fixture
def mistakes() -> Iterator[list[dict[str, Any]]]:
    """What is logged as nobody's but our own mistake during the test, in any way."""
    events: list[dict[str, Any]] = []

    def observe(event: dict[str, Any]) -> None:
        if event["log_level"] is LogLevel.critical or event.get("isError"):
            events.append(event)

    globalLogPublisher.addObserver(observe)
    yield events
    globalLogPublisher.removeObserver(observe)
