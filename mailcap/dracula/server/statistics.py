"""What the server has done, as metrics: names and label values from fixed sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mailcap.dracula.store import Store
from mailcap.dracula.wire.packet import BadHash, BadPacket, Command, Rejected

_REJECTIONS: dict[type[Rejected], str] = {BadPacket: "packet", BadHash: "hash"}


@dataclass(slots=True)
class Statistics:
    """Numbers since the start; *pause* is the longest of the last collection, in seconds."""

    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    replicated: int = 0
    not_replicated: int = 0
    dropped: int = 0
    pause: float = 0.0

    def asked(self, via: str, command: Command) -> None:
        """Count a request."""
        self.requests[via, command.name] += 1

    def refused(self, via: str, error: Rejected) -> None:
        """Count what was no request."""
        self.rejected[via, _REJECTIONS[type(error)]] += 1


class StoreCollector(Collector):
    """Reads the metrics when somebody asks for them.

    The first six have the names of the released server's.  There they speak of what the last
    collection happened to look at; here every namespace is always collected.
    """

    def __init__(self, store: Store, statistics: Statistics) -> None:
        self._store = store
        self._statistics = statistics

    def collect(self) -> Iterator[Metric]:
        """Yield all of them."""
        store, statistics = self._store, self._statistics
        for name, text, value in (
            ("max_namespaces_denom", "One of how many namespaces is collected", 1),
            ("namespaces_count", "Namespaces held", len(store)),
            ("namespaces_gc_count", "Namespaces that are collected", len(store)),
            ("keys_in_gc_namespaces", "Keys in these", store.keys_held),
            ("key_sum_in_gc_namespaces", "What these keys count", store.count_all()),
            ("gc_pause_millis", "Longest pause of the last collection", statistics.pause * 1000),
            ("held_octets", "Octets held, about", store.held),
        ):
            yield GaugeMetricFamily(f"dracula_{name}", text, value)
        for name, text, number in (
            ("evicted_keys", "Keys that gave way before their time", store.evicted),
            ("replicated", "Puts passed on, one for each peer", statistics.replicated),
            ("not_replicated", "Puts that could not be passed on", statistics.not_replicated),
            ("dropped_answers", "Answers that the network did not take", statistics.dropped),
        ):
            yield CounterMetricFamily(f"dracula_{name}", text, number)
        yield _labelled("requests", "Requests", "command", statistics.requests)
        yield _labelled("rejected", "What was no request", "reason", statistics.rejected)


def _labelled(
    name: str, text: str, label: str, numbers: Counter[tuple[str, str]]
) -> CounterMetricFamily:
    family = CounterMetricFamily(f"dracula_{name}", text, labels=["transport", label])
    for (via, what), number in numbers.items():
        family.add_metric([via, what.lower()], number)
    return family
