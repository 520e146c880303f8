"""What the sessions of a server work with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mailcap.connection.in_flight import InFlight
from mailcap.domain.figures import Figures
from mailcap.domain.ports import Authenticator, Deliverer, Throttle


def _at_once(_host: str) -> None:
    """Let nobody wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The services behind all sessions.

    While *in_flight* is short, mail of strangers is taken only for inboxes that somebody
    owns: *owner_of* tells the account's number, None without one.  A message begins when the
    peer has its *turn*.  Replies are counted in *figures*.
    """

    deliverer: Deliverer
    authenticator: Authenticator
    throttle: Throttle
    in_flight: InFlight
    owner_of: Callable[[str], Awaitable[int | None]]
    figures: Figures
    turn: Callable[[str], Awaitable[None] | None] = _at_once
