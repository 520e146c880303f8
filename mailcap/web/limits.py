"""How much one client, and all together, may make the web server hold."""

from __future__ import annotations

from dataclasses import dataclass

from mailcap.domain.errors import Busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a request may have.  Sizes are octets, times are seconds.

    *line* bounds the request line and each header line, *header* all of them;
    *body* the body of a request.  *patience* is how long a connection may be idle
    between requests, how long a request may take to arrive once it has begun, and how
    long a reader of a long answer may take nothing.  *held* bounds the bodies of
    requests and the long answers in memory, over all connections.
    """

    line: int = 16 * 2**10
    header: int = 32 * 2**10
    body: int = 2**20
    patience: float = 60.0
    held: int = 256 * 2**20


class Budget:
    """Octets of which all connections together may hold no more than *size*.

    `free` is how many are left.
    """

    def __init__(self, size: int) -> None:
        self.free = size

    def take(self, octets: int) -> None:
        """Count *octets* as held.  Raises `Busy`, and counts nothing, if they are too many."""
        if octets > self.free:
            raise Busy("The server holds as much as it may; try again in a moment.")
        self.free -= octets

    def give_back(self, octets: int) -> None:
        """Count *octets* as held no longer."""
        self.free += octets
