"""Messages as they come in by SMTP, for whoever waits for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mailcap.domain.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whose an address or domain is, and whether its mail may go to a WebSocket.

    *owner* is the number of an account, None for a public inbox, which needs no
    permission, and for a domain that nobody owns, of which there is nothing to hear.
    """

    owner: int | None
    live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message that has just come in, found in *mailbox*.

    *owner* is the account that owns its inbox by now, None if that is public.  *live*
    names those of its inbox, its domain and the domain's catch-all ``*@domain`` whose
    owner may hear of it on a WebSocket, each with that account.
    """

    mailbox: int
    message: Message
    owner: int | None
    live: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What has come in.

    *positions* says up to which UID each mailbox has been looked at; a mailbox that is
    gone is not in it.  In those of *more* there is more to look at already.
    """

    positions: Mapping[int, int]
    more: Collection[int]
    arrivals: Sequence[Arrival]
