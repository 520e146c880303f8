"""What SIGINT and SIGTERM do."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]


class Signals:
    """The first signal stops the reactor, as Twisted has it; any later one calls *hurry*.

    Twisted by itself would log a traceback then.  To be called when the reactor runs.
    """

    def __init__(self, reactor: Any, hurry: Callable[[], None]) -> None:
        self._reactor = reactor
        self._hurry = hurry
        self._is_stopping = False

    def heed(self) -> None:
        """Take over from the reactor, unless it heeds no signals."""
        for number in (signal.SIGINT, signal.SIGTERM):
            stop = signal.getsignal(number)
            if callable(stop) and getattr(stop, "__self__", None) is self._reactor:
                signal.signal(number, partial(self._signalled, stop))

    def _signalled(self, stop: Handler, number: int, frame: FrameType | None) -> None:
        if self._is_stopping:
            self._reactor.callFromThread(self._hurry)
        else:
            self._is_stopping = True
            stop(number, frame)
