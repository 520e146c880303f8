"""What a client has still to be told of messages that it knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress

# More includes less.
NOTHING, MODSEQ, FLAGS, GONE = range(4)

_AT_LEAST = [bytes(max(level, one) for one in range(256)) for level in range(4)]
_IS_THERE = bytes(one != GONE for one in range(256))
_TO_TELL = re.compile(rb"[\x01\x02]")
_THERE = re.compile(rb"\x01+")


class News:
    """What there is to tell of each message, by its position.

    An octet for each, none at all while there is nothing.  So whoever adds something says
    of how many messages it is.
    """

    __slots__ = ("_levels",)

    def __init__(self) -> None:
        self._levels = bytearray()

    def __bool__(self) -> bool:
        return self._levels.count(NOTHING) < len(self._levels)

    def __getitem__(self, position: int) -> int:
        return self._levels[position] if position < len(self._levels) else NOTHING

    def add(self, position: int, level: int, *, of: int) -> None:
        """Let there be at least *level* to tell of a message."""
        if len(self._levels) < of:
            self._reach(of)
        self._levels[position] = max(self._levels[position], level)

    def add_all(self, spans: Iterable[range], level: int, *, of: int) -> None:
        """Let there be at least *level* to tell of those messages."""
        raised = _AT_LEAST[level]
        for span in filter(None, spans):
            if len(self._levels) < of:
                self._reach(of)
            chosen = slice(span.start, span.stop)
            self._levels[chosen] = self._levels[chosen].translate(raised)

    def take(self, position: int) -> int:
        """Return what there is to tell of a message, and hold it for told."""
        level = self._levels[position]
        self._levels[position] = NOTHING
        return level

    def to_tell(self, end: int) -> Iterator[int]:
        """Yield each message below *end* that has news, but is not gone.

        They are found one by one: of what is added meanwhile, all that lies ahead.
        """
        position = 0
        while found := _TO_TELL.search(self._levels, position, end):
            position = found.end()
            yield found.start()

    def clear(self) -> None:
        """Hold everything for told."""
        self._levels = bytearray()

    # What is gone

    @property
    def any_gone(self) -> bool:
        """Whether a message is gone."""
        return GONE in self._levels

    def there(self, count: int) -> bytearray:
        """Return an octet for each of the first *count* messages: 0 if it is gone, else 1."""
        return self._levels[:count].translate(_IS_THERE).ljust(count, b"\1")

    def without_gone(self, spans: Sequence[range]) -> list[range]:
        """Return *spans*, rising, without the messages that are gone."""
        there = self.there(spans[-1].stop if spans else 0)
        return [
            range(*found.span())
            for span in spans
            for found in _THERE.finditer(there, span.start, span.stop)
        ]

    def keep(self, chosen: Sequence[int]) -> None:
        """Forget all messages for which *chosen* has 0: those behind them move up."""
        self._levels = bytearray(compress(self._levels, chosen))

    def _reach(self, count: int) -> None:
        self._levels += bytes(count - len(self._levels))
