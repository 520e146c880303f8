"""What public mail is like, and who is not let in: for every key the same."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import InvalidAddress, NotFound, NotPermitted
from mailcap.services import statistics
from mailcap.services.mail import Mail
from mailcap.services.statistics import Period, Statistics, Traits
from mailcap.web.api.attachments import FILE, found_attachment
from mailcap.web.api.computing import Computing
from mailcap.web.api.parameters import LIMIT, SKIP, read_since, read_until
from mailcap.web.api.schemas import EMAIL_MESSAGE, SWITCH, TEXT, WHOLE, array, record
from mailcap.web.api.shapes import message_list
from mailcap.web.api.walks import Walks
from mailcap.web.replies import JSON, Reply, json_reply
from mailcap.web.routing import Parameter, Result, Route

# The domains and networks that may not send.
Denied = Callable[[], Sequence[str]]

_COUNTED = Result(array(record("Counted", _id=TEXT, n=WHOLE)))
_TIME = {"type": "string"}
_START = Parameter(
    "start", read_since, spellings=("startDate",), schema=_TIME, help="The first moment, or day."
)
_END = Parameter(
    "end", read_until, spellings=("endDate",), schema=_TIME, help="The last moment, or day."
)
_OPEN = (_START, _END, SKIP, LIMIT)
_CLOSED = (replace(_START, required=True), replace(_END, required=True), SKIP, LIMIT)


class StatisticsRoutes:
    """The routes of statistics; *denied* is asked whenever somebody wants to know."""

    def __init__(
        self,
        statistics: Statistics,
        mail: Mail,
        computing: Computing,
        searches: Walks,
        *,
        denied: Denied,
    ) -> None:
        self._statistics = statistics
        self._mail = mail
        self._computing = computing
        self._searches = searches
        self._denied = denied

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        here = "/api/mailstats"
        common = f"{here}/common-attachments"
        counted, messages = Result(record(n=WHOLE)), Result(array(EMAIL_MESSAGE))
        denied = Result(record(blacklisted=SWITCH))
        return (
            Route("GET", common, self.attachments, _CLOSED, result=_COUNTED),
            Route("GET", f"{common}/{{checksum}}", self.with_attachment, result=messages),
            Route("GET", f"{common}/{{checksum}}/count", self.count_attachment, result=counted),
            Route("GET", f"{common}/{{checksum}}/download", self.download, result=FILE),
            Route("GET", f"{here}/top-addresses", self.addresses, _OPEN, result=_COUNTED),
            Route("GET", f"{here}/top-senders", self.senders, _OPEN, result=_COUNTED),
            Route("GET", f"{here}/top-domains", self.domains, _OPEN, result=_COUNTED),
            Route("GET", f"{here}/blacklist", self.deny_list, result=Result(array(TEXT))),
            Route("GET", f"{here}/blacklist/{{name}}", self.is_denied, result=denied),
        )

    async def attachments(self, who: Identity, **period: int) -> Reply:
        """Return the attachments of public mail, the most frequent first."""
        return await self._ranking(who, statistics.attachments_of, **period)

    async def addresses(self, who: Identity, **period: int) -> Reply:
        """Return the public inboxes with the most mail."""
        return await self._ranking(who, statistics.address_of, **period)

    async def senders(self, who: Identity, **period: int) -> Reply:
        """Return those who sent the most public mail."""
        return await self._ranking(who, statistics.senders_of, **period)

    async def domains(self, who: Identity, **period: int) -> Reply:
        """Return the domains whose public inboxes have the most mail."""
        return await self._ranking(who, statistics.domain_of, **period)

    async def count_attachment(self, who: Identity, checksum: str) -> Reply:
        """Return how many public messages have an attachment, by its checksum (MD5)."""
        count = partial(self._statistics.count_attachment, checksum.lower())
        return json_reply({"n": await self._searches.of(who, count)})

    async def with_attachment(self, who: Identity, checksum: str) -> Reply:
        """Return the newest 100 public messages that have an attachment, by its checksum."""
        find = partial(self._statistics.with_attachment, checksum.lower())
        found = await self._searches.of(who, find)
        octets = sum([len(message.summary or b"") for message in found])
        return Reply(200, await self._computing.of(who, octets, message_list, found), JSON)

    async def download(self, who: Identity, checksum: str) -> Reply:
        """Return an attachment of public mail by its checksum (MD5)."""
        checksum = checksum.lower()
        find = partial(self._statistics.with_attachment, checksum, limit=1)
        for found in await self._searches.of(who, find):
            try:
                message, content = await self._mail.content(who, found.inbox, found.id)
            except (NotFound, NotPermitted, InvalidAddress):  # deleted or reserved meanwhile
                break
            make = partial(found_attachment, content, checksum)
            if reply := await self._computing.of(who, message.size, make):
                return reply
        raise NotFound("No public message has such an attachment.")

    async def deny_list(self, who: Identity) -> Reply:  # noqa: ARG002  the same for all
        """Return the domains and networks that may not send mail here."""
        return json_reply(list(self._denied()))

    async def is_denied(self, who: Identity, name: str) -> Reply:  # noqa: ARG002  the same for all
        """Return whether a domain or an IP address may not send mail here."""
        return json_reply({"blacklisted": any(_covers(one, name) for one in self._denied())})

    async def _ranking(
        self,
        who: Identity,
        traits: Traits,
        *,
        start: int | None,
        end: int | None,
        skip: int,
        limit: int,
    ) -> Reply:
        rank = partial(self._statistics.ranking, traits, Period(start, end), skip=skip, limit=limit)
        ranked = await self._searches.of(who, rank)
        return json_reply([{"_id": what, "n": count} for what, count in ranked])


def _covers(denied: str, name: str) -> bool:
    """Whether *name*, a domain or an IP address, is or lies in what is *denied*."""
    if f".{name.casefold().rstrip('.')}".endswith(f".{denied.casefold()}"):
        return True
    try:
        return ipaddress.ip_address(name) in ipaddress.ip_network(denied, strict=False)
    except ValueError:
        return False
