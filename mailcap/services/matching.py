"""What somebody looks for in mail, and whether a message is it.

Texts are compared without case, and nothing in them has a meaning of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from mailcap.domain.addresses import parse_address
from mailcap.domain.errors import InvalidAddress
from mailcap.domain.messages import Message
from mailcap.domain.survey_store import Sieve
from mailcap.mime.summary import Named, Summary
from mailcap.services.sieves import having


class Condition(Protocol):
    """What somebody looks for."""

    @property
    def sieve(self) -> Sieve | None:
        """What loses no message that is looked for, if there is such a thing."""

    def __call__(self, message: Message, summary: Summary) -> bool:
        """Whether *message* is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """The condition that everything given is true.

    The subject includes *subject*; a From address, or the envelope's sender, includes
    *sender*; a To address includes *recipient*, or the inbox is that; it was *read* or
    was not.
    """

    subject: str = ""
    sender: str = ""
    recipient: str = ""
    read: bool | None = None

    def __bool__(self) -> bool:
        """Whether anything is given."""
        return bool(self.subject or self.sender or self.recipient or self.read is not None)

    @property
    def sieve(self) -> Sieve | None:
        """What loses no message that is looked for; see `Condition`."""
        # An inbox may be asked for in another form than that in which it is stored.
        return having(self.subject or self.sender)

    def __call__(self, message: Message, summary: Summary) -> bool:
        """Whether *message* is looked for."""
        return (
            self.read in (None, bool(message.seen))
            and _includes([summary.subject], self.subject)
            and _includes([*_addresses(summary.from_), _sender(message)], self.sender)
            and (
                _includes(_recipients(message, summary), self.recipient)
                or _inbox(self.recipient) == message.inbox
            )
        )


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The condition that *text* is in the subject, or in a From or To address."""

    text: str

    @property
    def sieve(self) -> Sieve | None:
        """What loses no message that is looked for; see `Condition`."""
        return having(self.text)

    def __call__(self, message: Message, summary: Summary) -> bool:
        """Whether *message* is looked for."""
        addresses = [*_addresses(summary.from_), *_recipients(message, summary)]
        return _includes([summary.subject, *addresses], self.text)


def _includes(texts: Iterable[str], wanted: str) -> bool:
    folded = wanted.casefold()
    return any(folded in text.casefold() for text in texts)


def _addresses(named: Iterable[Named]) -> list[str]:
    return [address for address, _ in named]


def _recipients(message: Message, summary: Summary) -> list[str]:
    """Return the addresses that the message shows as ``to``."""
    return _addresses(summary.to) or [message.shown_recipient]


def _sender(message: Message) -> str:
    return str(message.envelope.get("mailFrom") or "")


def _inbox(address: str) -> str | None:
    try:
        return parse_address(address).inbox
    except InvalidAddress:
        return None
