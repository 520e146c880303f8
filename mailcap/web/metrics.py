"""Numbers for Prometheus: read where they are counted, only when somebody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailcap.connection.peers import Networks
from mailcap.connection.registry import Registry
from mailcap.domain.figures import Figures, Histogram
from mailcap.services.hub import Hub
from mailcap.throttling.decisions import Decisions
from mailcap.throttling.door import Door
from mailcap.web.replies import Reply
from mailcap.web.routing import Route

if TYPE_CHECKING:
    from prometheus_client import Metric

_Row = tuple[list[str], float]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the numbers are.

    What is told apart by name (sessions by the listener's role, doors, measures, replies by
    code, decisions by kind) has names of the program's own: no client can add one.
    """

    figures: Figures
    registry: Registry
    doors: Sequence[Door]
    hub: Hub
    decisions: Decisions


class Metrics:
    """The route ``/metrics``, for clients in *networks*; everybody else finds nothing there."""

    def __init__(self, sources: Sources, networks: Networks) -> None:
        self._sources = sources
        self._networks = networks

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        return (
            Route("GET", "/metrics", self.show, open=True, hidden=True, networks=self._networks),
        )

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics; `prometheus_client` asks for them."""
        yield from _of_sessions(self._sources)
        yield from _of_doors(self._sources.doors)
        yield from _of_figures(self._sources.figures)
        yield from _of_decisions(self._sources.decisions)

    async def show(self) -> Reply:
        """Show how much is going on, in the text format of Prometheus."""
        # Here, because it takes 50 ms, which a start can do without.
        from prometheus_client import CollectorRegistry
        from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

        collected = CollectorRegistry(auto_describe=False)
        collected.register(self)
        return Reply(200, generate_latest(collected), CONTENT_TYPE_LATEST)


def _of_sessions(sources: Sources) -> Iterator[Metric]:
    kinds = Counter(guest.kind for guest in sources.registry.guests())
    yield _gauge("sessions", "Open sessions.", ["listener"], _by_name(kinds))
    watching = _by_name(Counter(sources.hub.counts))
    yield _gauge("hub_subscribers", "Who waits for news.", ["kind"], watching)


def _of_doors(doors: Sequence[Door]) -> Iterator[Metric]:
    yield _gauge(
        "queue_length",
        "Connections that wait for their greeting.",
        ["door"],
        [([door.name], len(door.queue)) for door in doors],
    )
    for what, of in _OF_MEASURES.items():
        rows = {
            (door.name, each.name.replace(" ", "_")): of(each)
            for door in doors
            for each in door.room.measures
        }
        yield _gauge(*what, ["door", "measure"], [(list(key), rows[key]) for key in rows])


def _of_figures(figures: Figures) -> Iterator[Metric]:
    yield _counter("messages_stored", "Messages stored.", [], [([], figures.messages)])
    yield _counter("stored_bytes", "Octets of them.", [], [([], figures.octets)])
    yield _counter(
        "queue_refused", "Connections that got no greeting.", [], [([], figures.refused)]
    )
    replies = {str(code): count for code, count in figures.replies.items()}
    yield _counter("smtp_replies", "Replies of SMTP.", ["code"], _by_name(replies))
    yield _histogram("queue_wait_seconds", "Waiting for a greeting.", figures.waits)
    yield _histogram("intake_batch_messages", "Messages of a transaction.", figures.batches)
    yield _histogram("intake_commit_seconds", "Duration of a transaction.", figures.commits)


def _of_decisions(decisions: Decisions) -> Iterator[Metric]:
    rows: list[_Row] = [(["denied", "sender"], decisions.denied)]
    for decision, counts in (("delayed", decisions.delayed), ("refused", decisions.refused)):
        rows += [([decision, kind.value], counts[kind]) for kind in counts]
    labels = ["decision", "kind"]
    yield _counter("throttle_decisions", "Mail that was put off or refused.", labels, rows)


_OF_MEASURES: dict[tuple[str, str], Callable[..., float]] = {
    ("room_used", "What must not be too much, by its measure's own unit."): lambda each: (
        each.read()
    ),
    ("room_limit", "How much of it is too much."): lambda each: each.limit,
    ("room_short", "Whether it is too much."): lambda each: each.exceeded,
}


def _by_name(counts: dict[str, int] | Counter[str]) -> list[_Row]:
    return [([name], counts[name]) for name in sorted(counts)]


def _gauge(name: str, text: str, labels: list[str], rows: Sequence[_Row]) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    metric = GaugeMetricFamily(f"mailcap_{name}", text, labels=labels)
    for values, value in rows:
        metric.add_metric(values, value)
    return metric


def _counter(name: str, text: str, labels: list[str], rows: Sequence[_Row]) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    metric = CounterMetricFamily(f"mailcap_{name}", text, labels=labels)
    for values, value in rows:
        metric.add_metric(values, value)
    return metric


def _histogram(name: str, text: str, histogram: Histogram) -> Metric:
    from prometheus_client.core import HistogramMetricFamily

    metric = HistogramMetricFamily(f"mailcap_{name}", text)
    names = [*(str(float(each)) for each in histogram.bounds), "+Inf"]
    buckets, sum_so_far = [], 0
    for bound, count in zip(names, histogram.counts, strict=True):
        sum_so_far += count
        buckets.append((bound, sum_so_far))
    metric.add_metric([], buckets, sum_value=histogram.total)
    return metric
