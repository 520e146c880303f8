"""Who wants to know that something has happened, and is told behind the commit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import Literal, get_args

from twisted.logger import Logger

# By what somebody watches: few and known, so that they can be counted by kind.
Kind = Literal["imap", "pop3", "wait", "websocket"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_log = Logger()


class Hub:
    """Calls those who watch a mailbox when it has changed.

    Subscribe first, then look, then wait: so that nothing is missed in between.
    """

    def __init__(self) -> None:
        self._watchers: defaultdict[int, dict[object, Callable[[], None]]] = defaultdict(dict)
        self._counts: Counter[Kind] = Counter(dict.fromkeys(KINDS, 0))

    @property
    def counts(self) -> Mapping[Kind, int]:
        """How many watch something, by kind; one who watches two mailboxes counts twice."""
        return self._counts

    def watch(self, mailbox: int, call: Callable[[], None], *, kind: Kind) -> Callable[[], None]:
        """Call *call* whenever the mailbox with that id may have changed.

        Returns what ends that.  *call* has to be quick.
        """
        token = object()
        self._watchers[mailbox][token] = call
        self._counts[kind] += 1

        def stop() -> None:
            watchers = self._watchers.get(mailbox)
            if watchers is None or watchers.pop(token, None) is None:
                return
            self._counts[kind] -= 1
            if not watchers:
                del self._watchers[mailbox]

        return stop

    def watched(self) -> Collection[int]:
        """Return the ids of the mailboxes that somebody watches."""
        return frozenset(self._watchers)

    def changed(self, mailboxes: Collection[int] | None) -> None:
        """Tell that those mailboxes have changed; None if it may be any."""
        for mailbox in list(self._watchers) if mailboxes is None else mailboxes:
            for call in list(self._watchers.get(mailbox, {}).values()):
                try:
                    call()
                except Exception:  # noqa: BLE001  # the others are to be told all the same
                    _log.failure("somebody who watches a mailbox failed")
