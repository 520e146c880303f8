"""Who is served, and who waits to be: fair between blocks of addresses."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, TypeVar

from mailcap.throttling.ranking import Ranking

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Place(Generic[T]):
    """The place of a *guest* from *block*, who came at the time *since*."""

    guest: T
    block: str
    since: float
    served: bool = False


@dataclass(slots=True)
class _Block(Generic[T]):
    served: dict[Place[T], None] = field(default_factory=dict)
    line: OrderedDict[Place[T], None] = field(default_factory=OrderedDict)


class Queue(Generic[T]):
    """Counts who is served and keeps who waits, at most *most* for *seconds* each.

    The next one is always of the block that has the fewest served now; blocks with
    equally many take turns.  So whoever comes with thousands of connections delays his
    own, and nobody else's.  The costs are those of `Ranking`, however many wait.
    """

    def __init__(self, *, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._blocks: dict[str, _Block[T]] = {}
        self._arrivals: OrderedDict[Place[T], None] = OrderedDict()
        self._turns: Ranking[str] = Ranking()  # blocks that wait, by how many they have served
        self._lengths: Ranking[str] = Ranking()  # the same, by how many wait
        self._crowds: Ranking[str] = Ranking()  # blocks of which anybody is served, by how many
        self.serving = 0

    def __len__(self) -> int:
        """How many wait."""
        return len(self._arrivals)

    def __contains__(self, place: Place[T]) -> bool:
        """Whether *place* is one of those who wait."""
        return place in self._arrivals

    def others(self, block: str) -> int:
        """Return of how many other blocks anybody is served or waits."""
        return len(self._blocks) - (block in self._blocks)

    def served(self, block: str) -> int:
        """Return how many of *block* are served."""
        known = self._blocks.get(block)
        return len(known.served) if known else 0

    def largest(self) -> int:
        """Return how many are served of the block that has most of them."""
        return self.served(self._crowds.greatest()) if self.serving else 0

    def crowd(self, most: int) -> list[Place[T]]:
        """Return at most so many who are served of that block, the next time others."""
        served = self._blocks[self._crowds.greatest()].served
        found = list(islice(served, most))
        for place in found:
            del served[place]
        served.update(dict.fromkeys(found))
        return found

    def serve(self, place: Place[T]) -> None:
        """Serve a *place* that does not wait."""
        block = self._blocks.setdefault(place.block, _Block())
        block.served[place] = None
        self.serving += 1
        place.served = True
        self._rank(place.block)

    def wait(self, place: Place[T]) -> Place[T] | None:
        """Let *place* wait; return who must go for that, if the queue is full.

        It is the last of the longest line: a flood drives out its own.
        """
        block = self._blocks.setdefault(place.block, _Block())
        block.line[place] = None
        self._arrivals[place] = None
        self._lengths.set(place.block, len(block.line))
        if place.block not in self._turns:
            self._turns.set(place.block, len(block.served))
        if len(self._arrivals) <= self._most:
            return None
        longest = self._blocks[self._lengths.greatest()].line
        loser = place if len(longest) == len(block.line) else next(reversed(longest))
        self.leave(loser)
        return loser

    def next_block(self) -> str:
        """Return the block whose turn it is.  Somebody must wait."""
        return self._turns.least()

    def serve_next(self) -> Place[T]:
        """Serve whose turn it is."""
        block = self.next_block()
        place = next(iter(self._blocks[block].line))
        self._forget(place)
        self.serve(place)
        return place

    def leave(self, place: Place[T]) -> None:
        """Forget *place*, whether it is served, waits or has gone already."""
        if place.served:
            place.served = False
            del self._blocks[place.block].served[place]
            self.serving -= 1
            self._rank(place.block)
            self._drop_empty(place.block)
        elif place in self._arrivals:
            self._forget(place)
            self._drop_empty(place.block)

    def expired(self, now: float, *, most: int) -> list[Place[T]]:
        """Forget and return those that have waited for too long, at most *most*."""
        gone: list[Place[T]] = []
        while self._arrivals and len(gone) < most:
            first = next(iter(self._arrivals))
            if now - first.since < self._seconds:
                break
            self.leave(first)
            gone.append(first)
        return gone

    def _rank(self, name: str) -> None:
        """Note that another number of this block is served."""
        block = self._blocks[name]
        if block.line:
            self._turns.set(name, len(block.served))
        if block.served:
            self._crowds.set(name, len(block.served))
        else:
            self._crowds.discard(name)

    def _forget(self, place: Place[T]) -> None:
        del self._arrivals[place]
        line = self._blocks[place.block].line
        del line[place]
        if line:
            self._lengths.set(place.block, len(line))
        else:
            self._lengths.discard(place.block)
            self._turns.discard(place.block)

    def _drop_empty(self, name: str) -> None:
        block = self._blocks[name]
        if not (block.served or block.line):
            del self._blocks[name]
