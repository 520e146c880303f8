"""How often was decided what: plain numbers for metrics."""

from __future__ import annotations

from mailcap.throttling.rules import Kind


class Decisions:
    """Counts decisions since the start, by kind and never by sender.

    *delayed* and *refused* have an entry for every `Kind` from the beginning on, so
    that no sender can make more of them.
    """

    def __init__(self) -> None:
        self.denied = 0
        self.delayed = dict.fromkeys(Kind, 0)
        self.refused = dict.fromkeys(Kind, 0)
