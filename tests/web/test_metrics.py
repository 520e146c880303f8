"""Numbers for Prometheus: who is shown them, what they say, that their names are few."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from twisted.internet.task import Clock

from mailcap.connection.peers import Networks
from mailcap.domain.figures import Figures
from mailcap.services.delivery import Delivery
from mailcap.services.hub import Hub
from mailcap.settings.kinds import NETWORKS
from mailcap.throttling.decisions import Decisions
from mailcap.throttling.door import Door
from mailcap.throttling.pulse import Pulse
from mailcap.throttling.queue import Place, Queue
from mailcap.throttling.room import Measure, Room
from mailcap.throttling.rules import Kind
from mailcap.web.metrics import Metrics, Sources
from services.test_delivery import Store
from support.stores import incoming
from web.memory import Client

ALL = Networks(NETWORKS.read(["0.0.0.0/0"]))


class Session:
    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.access = None


@pytest.fixture
def figures() -> Figures:
    return Figures()


@pytest.fixture
def door(figures) -> Door:
    clock = Clock()
    queue: Queue = Queue(most=10, seconds=60)
    room = Room([Measure("reactor delay", lambda: 20.0, 15, "ms")])
    pulse = Pulse(clock)
    return Door(
        "smtp",
        queue=queue,
        queues=[queue],
        room=room,
        capacity=5,
        pulse=pulse,
        clock=clock,
        figures=figures,
    )


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def decisions() -> Decisions:
    return Decisions()


@pytest.fixture
def scrape(build, figures, registry, door, hub, *, decisions):
    sources = Sources(figures, registry, [door], hub, decisions)

    def make(networks: Networks = ALL):
        return Client(build(Metrics(sources, networks))).request("GET", "/metrics")

    return make


def samples(answer) -> dict[tuple, float]:
    assert answer.status == 200
    return {
        (sample.name.removeprefix("mailcap_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


def test_they_are_for_some_networks_alone(scrape, authenticator):
    here = scrape()
    assert here.status == 200
    assert here.headers["content-type"].startswith("text/plain; version=")
    elsewhere = scrape(Networks(NETWORKS.read(["203.0.113.0/24"])))
    assert elsewhere.status == 404
    assert b"mailcap_" not in elsewhere.body
    assert authenticator.asked == []


def test_what_they_say(scrape, figures, decisions, door, hub, *, registry):
    for kind in ("smtp", "smtp", "imap"):
        registry.admit(Session(kind), "192.0.2.1")
    door.queue.wait(Place(object(), "block", 0.0))
    hub.watch(1, lambda: None, kind="imap")
    hub.watch(1, lambda: None, kind="wait")
    figures.waits.add(0.3)
    figures.refused = 4
    figures.replies[250] = 17
    decisions.refused[Kind.DOMAIN] += 3
    said = samples(scrape())
    assert said["sessions", "smtp"] == 2
    assert (said["sessions", "imap"], said["sessions", "http"]) == (1, 1)
    assert said["queue_length", "smtp"] == 1
    assert (said["hub_subscribers", "imap"], said["hub_subscribers", "pop3"]) == (1, 0)
    assert said["queue_refused_total",] == 4
    assert said["smtp_replies_total", "250"] == 17
    assert said["throttle_decisions_total", "refused", "domain"] == 3
    assert said["room_used", "smtp", "reactor_delay"] == 20
    assert said["room_limit", "smtp", "reactor_delay"] == 15
    assert said["room_short", "smtp", "reactor_delay"] == 1
    assert said["queue_wait_seconds_bucket", "0.25"] == 0
    assert said["queue_wait_seconds_bucket", "0.5"] == 1
    assert said["queue_wait_seconds_bucket", "+Inf"] == 1
    assert said["queue_wait_seconds_sum",] == pytest.approx(0.3)


def test_intake_is_counted(scrape, figures):
    store, times = Store(), iter(range(1_700_000_000, 1_800_000_000))
    delivery = Delivery(
        store, host_name="x.test", clock=Clock(), now=lambda: next(times), figures=figures
    )
    envelope = incoming("bob@example.com").envelope
    for _ in range(4):
        delivery.deliver(envelope, b"Subject: x\r\n\r\nhello\r\n")
    assert (delivery.backlog, delivery.commit_seconds > 0) == (3, True)
    store.commit()
    store.commit()
    assert (delivery.backlog, delivery.commit_seconds) == (0, 0)
    said = samples(scrape())
    assert (said["messages_stored_total",], said["stored_bytes_total",]) == (4, 4 * 21)
    assert said["intake_batch_messages_bucket", "1.0"] == 1
    assert said["intake_batch_messages_bucket", "4.0"] == 2
    assert said["intake_commit_seconds_count",] == 2


def test_names_are_as_many_as_before_whatever_senders_say(scrape, figures):
    """The post-mortem that this is from had a label for each sender's domain."""
    store = Store()
    delivery = Delivery(store, host_name="x.test", clock=Clock(), figures=figures)

    def send(sender: str) -> None:
        envelope = incoming("bob@example.com", mail_from=sender).envelope
        delivery.deliver(envelope, b"")
        store.commit()

    send("a@one.example")
    before = samples(scrape()).keys()
    for number in range(100_000):
        send(f"a@six.levels.deep.{number}.sender.example")
    said = samples(scrape())
    assert said["messages_stored_total",] == 100_001
    assert said.keys() == before
