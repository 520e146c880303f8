"""Who wants to know that something has happened, and is told behind the commit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection

from twisted.logger import Logger

_log = Logger()


class Hub:
    """Calls those who watch a mailbox when it has changed.

    Subscribe first, then look, then wait: so that nothing is missed in between.
    """

    def __init__(self) -> None:
        self._watchers: defaultdict[int, dict[object, Callable[[], None]]] = defaultdict(dict)

    def watch(self, mailbox: int, call: Callable[[], None]) -> Callable[[], None]:
        """Call *call* whenever the mailbox with that id may have changed.

        Returns what ends that.  *call* has to be quick.
        """
        token = object()
        self._watchers[mailbox][token] = call

        def stop() -> None:
            watchers = self._watchers.get(mailbox)
            if watchers is not None and watchers.pop(token, None) is not None and not watchers:
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
