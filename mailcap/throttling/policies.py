"""Decides about each message and recipient: at once, later, or not now.

A message is counted for each recipient, when RCPT is about to be accepted: by address and
block of the client, by the registrable domains of HELO and MAIL FROM, by inbox and
recipient domain, and by the account that has logged in.  The domains that From and
Reply-To add are counted at the end of data, once for the message.  However many places
name a domain, a message counts for it once.  What is refused is not counted: a flood that
is refused already does not use up what owned addresses are allowed.

Who owns an inbox is only asked once a count of public mail is exceeded.  Only then is
mail counted by the owning account.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from twisted.internet.interfaces import IReactorTime

from mailcap.domain.addresses import Address, parse_address
from mailcap.domain.errors import InvalidAddress, Refused, Throttled
from mailcap.domain.ports import Passage
from mailcap.mime import addresses as lists
from mailcap.mime import headers
from mailcap.throttling.counters import Counters
from mailcap.throttling.decisions import Decisions
from mailcap.throttling.delays import Delays
from mailcap.throttling.domains import registrable
from mailcap.throttling.rules import Kind, Limits, Rules

_KNOWN_PEERS = 4096
# Addresses of one header field that are looked at.  Whoever names a thousand domains
# shall not count for a thousand, nor let us look them all up.
_MOST_NAMED = 4
# And so much of a header is looked at, and of a field: a long one takes long to understand,
# and everybody waits for it.
_MOST_HEADER = 2**16
_MOST_VALUE = 2**11
_MARGIN = 4  # a quarter more than a limit is where later ends and not now begins

_WORDS: Final = {
    Kind.ADDRESS: "from your address",
    Kind.BLOCK: "from your network",
    Kind.DOMAIN: "that name the domain",
    Kind.INBOX: "to",
    Kind.RECIPIENT_DOMAIN: "to the domain",
    Kind.ACCOUNT: "of this account",
}
_NAMED: Final = frozenset({Kind.DOMAIN, Kind.INBOX, Kind.RECIPIENT_DOMAIN})

OwnerOf = Callable[[str], Awaitable[int | None]]
_Key = tuple[Kind, str]


class _Excess(NamedTuple):
    """A count over its limit; from a *share* of 1.0 on it is too much."""

    share: float
    kind: Kind
    key: str
    limit: int
    surplus: int


class Policies:
    """See `mailcap.domain.ports.Throttle`.

    *owner_of* returns the number of the account that owns an inbox.  `rules` may be
    replaced at any time; `decisions` tells what was decided so far.
    """

    def __init__(
        self, rules: Rules, counters: Counters, *, owner_of: OwnerOf, clock: IReactorTime
    ) -> None:
        self.decisions = Decisions()
        self.counters = counters
        self._owner_of = owner_of
        self._delays = Delays(clock)
        self.rules = rules

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        return self._rules

    @rules.setter
    def rules(self, rules: Rules) -> None:
        self._rules = rules
        self._judge = lru_cache(maxsize=_KNOWN_PEERS)(rules.judge)
        self.counters.window = rules.window
        self._delays.most = rules.delayed

    def begin(self, *, peer: str, helo: str, mail_from: str, account: int | None) -> Passage:
        """See `mailcap.domain.ports.Throttle`."""
        judged = self._judge(peer)
        if judged.free:
            return FREE
        sender = _folded(mail_from)
        if judged.denied:
            raise self._denial("Mail from your network is not taken.")
        self.check_senders([sender] if sender else [])
        allowed = sender is not None and sender.inbox in self._rules.allowed_senders
        if judged.trusted or allowed:
            return _Uncounted(self) if self._rules.denied_senders else FREE
        domains = _registrables([helo, sender.domain if sender else ""])
        keys = [(Kind.ADDRESS, peer), (Kind.BLOCK, judged.block)]
        keys += [(Kind.DOMAIN, domain) for domain in domains]
        limits = self._rules.ceiling  # nobody knows yet for whom it is
        if account is not None:
            keys.append((Kind.ACCOUNT, str(account)))
            limits = self._rules.owned
        excess = self._excess(keys, limits)
        if excess is not None and excess.share > 1:
            raise self._refusal(excess)
        return _Counted(self, keys, known=account is not None)

    def denied_names(self) -> list[str]:
        """Return the domains and networks of which no mail is taken."""
        return [*sorted(self._rules.denied_senders.domains), *map(str, self._rules.denied_networks)]

    def check_senders(self, senders: Iterable[Address]) -> None:
        """Raise `Refused` if one of *senders* is on the deny list."""
        for sender in senders:
            if sender.inbox in self._rules.denied_senders:
                raise self._denial(f"Mail from {sender.inbox} is not taken.")

    def admit(
        self, keys: list[_Key], inboxes: Collection[str], *, known: bool
    ) -> Awaitable[None] | None:
        """Count *keys* unless that is too much; see `Passage.recipient`.

        With *known*, the limits are those of owned mail; else they are if each of
        *inboxes* is owned.
        """
        limits = self._rules.owned if known else self._rules.public
        excess = self._excess(keys, limits)
        if excess is None:
            self._count(keys)
            return None
        if known:
            return self._settle(excess, keys)
        return self._ask(keys, inboxes)

    async def _ask(self, keys: list[_Key], inboxes: Collection[str]) -> None:
        limits, owners = self._rules.public, await self._owners(inboxes)
        if owners:
            limits = self._rules.owned
            keys = keys + [(Kind.ACCOUNT, str(owner)) for owner in owners]
        await self._settle(self._excess(keys, limits), keys)

    async def _settle(self, excess: _Excess | None, keys: list[_Key]) -> None:
        if excess is None:
            self._count(keys)
            return
        held = None
        if excess.share <= 1:
            held = self._delays.hold(excess.share * self._rules.longest_delay)
        if held is None:
            raise self._refusal(excess)
        self._count(keys)
        self.decisions.delayed[excess.kind] += 1
        await held

    async def _owners(self, inboxes: Collection[str]) -> set[int]:
        """Return who owns *inboxes*, nobody if one of them is public."""
        owners = set()
        for inbox in inboxes:
            owner = await self._owner_of(inbox)
            if owner is None:
                return set()
            owners.add(owner)
        return owners

    def _excess(self, keys: Iterable[_Key], limits: Limits) -> _Excess | None:
        """Return what would be exceeded most."""
        worst = None
        count = self.counters.count
        for kind, key in keys:
            limit = limits.get(kind)
            if limit and (surplus := count(kind, key) + 1 - limit) > 0:
                share = surplus * _MARGIN / limit
                if worst is None or share > worst.share:
                    worst = _Excess(share, kind, key, limit, surplus)
        return worst

    def _count(self, keys: Iterable[_Key]) -> None:
        for kind, key in keys:
            self.counters.put(kind, key)

    def _denial(self, text: str) -> Refused:
        self.decisions.denied += 1
        return Refused(text)

    def _refusal(self, excess: _Excess) -> Throttled:
        self.decisions.refused[excess.kind] += 1
        name = f" {excess.key}" if excess.kind in _NAMED else ""
        wait = self.counters.wait(excess.kind, excess.key, excess.surplus)
        return Throttled(
            f"More than {excess.limit} messages {_WORDS[excess.kind]}{name}"
            f" in {self._rules.window:.0f} seconds; try again in {math.ceil(wait)} seconds"
        )

    def allows(self, recipient: Address) -> bool:
        """Whether mail for *recipient* is not counted."""
        return recipient.inbox in self._rules.allowed_recipients


class _Free:
    """The way of those about whom nothing needs to be known."""

    def recipient(self, address: Address) -> None:  # noqa: ARG002
        return None

    def message(self, body: bytes) -> None:  # noqa: ARG002
        return None


FREE: Final = _Free()


class _Uncounted:
    """The way of those who are trusted, though some senders are not."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def recipient(self, address: Address) -> None:  # noqa: ARG002
        return None

    def message(self, body: bytes) -> None:
        self._policies.check_senders(_authors(body))


class _Counted:
    """The way of all others: *keys* are what each recipient counts by.

    If the sender is *known*, by a login, owned mail's limits hold.
    """

    def __init__(self, policies: Policies, keys: list[_Key], *, known: bool) -> None:
        self._policies = policies
        self._keys = keys
        self._known = known
        self._inboxes: list[str] = []

    def recipient(self, address: Address) -> Awaitable[None] | None:
        if self._policies.allows(address):
            return None
        inbox = address.inbox
        keys = [*self._keys, (Kind.INBOX, inbox), (Kind.RECIPIENT_DOMAIN, address.domain)]
        waiting = self._policies.admit(keys, [inbox], known=self._known)
        if waiting is not None:
            return self._remember(inbox, waiting)
        self._inboxes.append(inbox)
        return None

    async def _remember(self, inbox: str, waiting: Awaitable[None]) -> None:
        await waiting
        self._inboxes.append(inbox)

    def message(self, body: bytes) -> Awaitable[None] | None:
        authors = _authors(body)
        self._policies.check_senders(authors)
        domains = _registrables(author.domain for author in authors)
        keys = [key for domain in domains if (key := (Kind.DOMAIN, domain)) not in self._keys]
        if not (keys and self._inboxes):
            return None
        return self._policies.admit(keys, self._inboxes, known=self._known)


def _folded(address: str) -> Address | None:
    """Return *address*, None for the null sender and for what is no address."""
    try:
        return parse_address(address) if address else None
    except InvalidAddress:
        return None


def _registrables(names: Iterable[str]) -> list[str]:
    """Return the registrable domains of *names*, each once."""
    found = (registrable(name) for name in names if name)
    return list(dict.fromkeys(domain for domain in found if domain))


def _authors(body: bytes) -> list[Address]:
    """Return who From and Reply-To of a message name."""
    fields = headers.parse(body, 0, min(headers.split(body), _MOST_HEADER))
    return [author for name in ("from", "reply-to") for author in _named(fields.get(name))]


def _named(value: str | None) -> Iterator[Address]:
    entries = lists.parse(value[:_MOST_VALUE])[:_MOST_NAMED] if value else ()
    for entry in entries:
        if address := _folded(entry.address):
            yield address
