"""Messages with their summaries, which are computed once."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher

from mailcap.domain.errors import InvalidAddress, InvalidValue, NotFound, StoreFull
from mailcap.mime.summary import VERSION, decode
from mailcap.services.mail import Mail
from mailcap.services.summaries import Summaries
from mailcap.store.immediate import Done
from support.stores import Bench, run


class Elsewhere:
    """Runs what it is given at once, and counts."""

    def __init__(self) -> None:
        self.computed: list[int] = []
        self.pieces: list[list[int]] = []

    def __call__(self, function: Callable[..., Any], bodies: dict[int, bytes]) -> Done[Any]:
        self.computed += bodies
        self.pieces.append([len(body) for body in bodies.values()])
        return Done(function(bodies))


@pytest.fixture
def bench(tmp_path) -> Iterator[Bench]:
    bench = Bench(f"sqlite:///{tmp_path}/mailcap.db")
    yield bench
    bench.close()


@pytest.fixture
def log() -> Iterator[list[dict[str, Any]]]:
    """All that is logged during the test."""
    events: list[dict[str, Any]] = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def mail(bench: Bench, elsewhere: Elsewhere) -> Mail:
    return Mail(bench.store.mail, summaries=Summaries(bench.store.mail, elsewhere))


def headed(subject: str) -> dict[str, bytes]:
    return {"header": f"Subject: {subject}\r\n\r\n".encode(), "rest": b"https://example.com\r\n"}


def test_a_list_shows_what_the_bytes_say(bench: Bench, mail: Mail) -> None:
    for number in range(3):
        bench.deliver("bob@example.com", **headed(f"number {number}"))
    found = run(mail.list_messages(bench.admin, "bob@example.com"))
    summaries = [decode(message.summary) for message in found]
    assert [one.subject for one in summaries] == ["number 2", "number 1", "number 0"]
    assert summaries[0].links == ("https://example.com",)


def test_a_summary_is_computed_once(bench: Bench, mail: Mail, elsewhere: Elsewhere) -> None:
    first, second = bench.deliver("bob@example.com", "carol@example.com")
    for _ in range(2):
        run(mail.list_messages(bench.admin, "bob@example.com"))
        run(mail.message(bench.admin, "carol@example.com", second))
        run(mail.message(bench.admin, "bob@example.com", first))
    assert len(elsewhere.computed) == 1


def test_a_summary_of_an_older_version_is_computed_anew(
    bench: Bench, mail: Mail, elsewhere: Elsewhere
) -> None:
    bench.deliver("bob@example.com", **headed("new"))
    (message,) = run(mail.list_messages(bench.admin, "bob@example.com"))
    older = message.summary.replace(b'"version":%d' % VERSION, b'"version":%d' % (VERSION - 1))
    run(bench.store.mail.save_summaries({message.body: older}))
    for _ in range(2):
        (message,) = run(mail.list_messages(bench.admin, "bob@example.com"))
        assert decode(message.summary).subject == "new"
    assert len(elsewhere.computed) == 2


def test_a_long_list_is_summarised_in_pieces(
    bench: Bench, mail: Mail, elsewhere: Elsewhere
) -> None:
    for _ in range(40):
        bench.deliver("bob@example.com")
    for _ in range(3):
        bench.deliver("bob@example.com", rest=b"x" * 600_000)
    bench.deliver("bob@example.com", rest=b"x" * 3_000_000)
    assert len(run(mail.list_messages(bench.admin, "bob@example.com", limit=100))) == 44
    assert len(elsewhere.computed) == 44
    assert [len(piece) for piece in elsewhere.pieces] == [1, 1, 1, 41]
    assert all(len(piece) == 1 or sum(piece) < 1_100_000 for piece in elsewhere.pieces)


class SlowSaving:
    """A store whose summaries are saved when the test says so."""

    def __init__(self, store) -> None:
        self._store = store
        self.saving: list[tuple[dict[int, bytes], Deferred[None]]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def save_summaries(self, summaries: dict[int, bytes]) -> Deferred[None]:
        ended: Deferred[None] = Deferred()
        self.saving.append((summaries, ended))
        return ended

    def finish(self) -> int:
        """Save what is to be saved next; return how many summaries that were."""
        summaries, ended = self.saving.pop(0)
        run(self._store.save_summaries(summaries))
        ended.callback(None)
        return len(summaries)


def test_nobody_waits_until_a_summary_is_saved(bench: Bench, elsewhere: Elsewhere) -> None:
    slow = SlowSaving(bench.store.mail)
    mail = Mail(slow, summaries=Summaries(slow, elsewhere))
    for number in range(3):
        bench.deliver("bob@example.com", **headed(f"number {number}"))
        (newest, *_) = run(mail.list_messages(bench.admin, "bob@example.com"))
        assert decode(newest.summary).subject == f"number {number}"
    assert len(elsewhere.computed) == 3  # none twice, though none is saved yet
    assert len(slow.saving) == 1  # and one transaction waits, not three
    assert [slow.finish(), slow.finish()] == [1, 2]
    assert slow.saving == []
    run(mail.list_messages(bench.admin, "bob@example.com"))
    assert len(elsewhere.computed) == 3


def test_what_waits_to_be_saved_is_bounded(bench: Bench, elsewhere: Elsewhere) -> None:
    slow = SlowSaving(bench.store.mail)
    mail = Mail(slow, summaries=Summaries(slow, elsewhere))
    for _ in range(20):  # each with a summary of some 200,000 octets, alone in its piece
        links = b"".join(b"https://example.com/%d/%0200d " % (n, n) for n in range(1000))
        bench.deliver("bob@example.com", rest=links * 4)
    assert len(run(mail.list_messages(bench.admin, "bob@example.com"))) == 20
    saved = 0
    while slow.saving:
        saved += slow.finish()
    assert 4 < saved < 10


def test_a_list_whose_summaries_would_fill_the_memory(
    bench: Bench, mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailcap.services.summaries._MOST_AT_ONCE", 2_000)
    for _ in range(3):
        bench.deliver("bob@example.com", header=b"Subject: " + b"x" * 900_000 + b"\r\n\r\n")
    with pytest.raises(InvalidValue):
        run(mail.list_messages(bench.admin, "bob@example.com"))


@pytest.mark.parametrize("error", [StoreFull("no room left"), RuntimeError("a mistake")])
def test_a_store_that_cannot_be_written_can_be_read(
    bench: Bench,
    mail: Mail,
    elsewhere: Elsewhere,
    log: list[dict[str, Any]],
    error: Exception,
) -> None:
    def save(_summaries: dict[int, bytes]) -> None:
        raise error

    bench.store.mail.save_summaries = save
    (message_id,) = bench.deliver("bob@example.com", **headed("full"))
    for _ in range(2):
        assert len(run(mail.list_messages(bench.admin, "bob@example.com"))) == 1
    assert decode(run(mail.message(bench.admin, "bob@example.com", message_id)).summary).subject
    assert len(elsewhere.computed) == 3  # nothing that failed is held
    # Of its outages the store tells by itself.
    lines = 0 if isinstance(error, StoreFull) else 3
    assert [event["error"] for event in log if "error" in event] == [error] * lines


def test_an_address_may_be_spelt_in_any_way(bench: Bench, mail: Mail) -> None:
    (message_id,) = bench.deliver("bob@example.com")
    for spelling in ("Bob@Example.COM", "bob+tag@example.com", '"bob"@example.com'):
        assert len(run(mail.list_messages(bench.admin, spelling))) == 1
        assert run(mail.count_messages(bench.admin, spelling)) == 1
        assert run(mail.message(bench.admin, spelling, message_id)).id == message_id
        assert run(mail.content(bench.admin, spelling, message_id))[0].id == message_id
    with pytest.raises(InvalidAddress):
        run(mail.list_messages(bench.admin, "bob"))


def test_a_message_that_is_deleted_while_it_is_summarised(bench: Bench, mail: Mail) -> None:
    (kept,) = bench.deliver("bob@example.com")
    (gone,) = bench.deliver("bob@example.com")
    real = bench.store.mail.bodies

    def bodies(numbers: list[int]) -> Done[dict[int, bytes]]:
        run(bench.store.mail.delete(bench.admin, "bob@example.com", gone))
        bench.store.mail.bodies = real
        return real(numbers)

    bench.store.mail.bodies = bodies
    found = run(mail.list_messages(bench.admin, "bob@example.com"))
    assert [message.id for message in found] == [kept]


def test_one_message_that_is_deleted_while_it_is_summarised(bench: Bench, mail: Mail) -> None:
    (gone,) = bench.deliver("bob@example.com")
    bench.store.mail.bodies = lambda _numbers: Done({})
    with pytest.raises(NotFound):
        run(mail.message(bench.admin, "bob@example.com", gone))


def test_deleting_and_purging(bench: Bench, mail: Mail) -> None:
    run(bench.store.accounts.reserve_address("bob@example.com", "admin"))
    ids = [one for _ in range(3) for one in bench.deliver("bob@example.com")]
    assert run(mail.delete(bench.admin, "Bob@example.com", ids[0])).id == ids[0]
    assert run(mail.purge(bench.admin, "Bob@example.com")) == 2
    assert run(mail.count_messages(bench.admin, "bob@example.com")) == 0
