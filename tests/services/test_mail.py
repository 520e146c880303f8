"""Messages with their summaries, which are computed once."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mailcap.domain.errors import InvalidAddress, NotFound
from mailcap.services.mail import Mail
from mailcap.store.immediate import Done
from support.stores import Bench, run


class Elsewhere:
    """Runs what it is given at once, and counts."""

    def __init__(self) -> None:
        self.computed: list[int] = []

    def __call__(self, function: Callable[..., Any], bodies: dict[int, bytes]) -> Done[Any]:
        self.computed += bodies
        return Done(function(bodies))


@pytest.fixture
def bench(tmp_path) -> Iterator[Bench]:
    bench = Bench(f"sqlite:///{tmp_path}/mailcap.db")
    yield bench
    bench.close()


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def mail(bench: Bench, elsewhere: Elsewhere) -> Mail:
    return Mail(bench.store.mail, elsewhere=elsewhere)


def headed(subject: str) -> dict[str, bytes]:
    return {"header": f"Subject: {subject}\r\n\r\n".encode(), "rest": b"https://example.com\r\n"}


def test_a_list_shows_what_the_bytes_say(bench: Bench, mail: Mail) -> None:
    for number in range(3):
        bench.deliver("bob@example.com", **headed(f"number {number}"))
    views = run(mail.list_messages(bench.admin, "bob@example.com"))
    assert [view.summary.subject for view in views] == ["number 2", "number 1", "number 0"]
    assert views[0].summary.links == ("https://example.com",)


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
    (view,) = run(mail.list_messages(bench.admin, "bob@example.com"))
    run(bench.store.mail.save_summaries({view.message.body: b'{"version": 0}'}))
    (view,) = run(mail.list_messages(bench.admin, "bob@example.com"))
    assert view.summary.subject == "new"
    assert len(elsewhere.computed) == 2


def test_a_long_list_is_summarised_in_pieces(
    bench: Bench, mail: Mail, elsewhere: Elsewhere
) -> None:
    for _ in range(40):
        bench.deliver("bob@example.com")
    assert len(run(mail.list_messages(bench.admin, "bob@example.com", limit=100))) == 40
    assert len(elsewhere.computed) == 40


def test_an_address_may_be_spelt_in_any_way(bench: Bench, mail: Mail) -> None:
    (message_id,) = bench.deliver("bob@example.com")
    for spelling in ("Bob@Example.COM", "bob+tag@example.com", '"bob"@example.com'):
        assert len(run(mail.list_messages(bench.admin, spelling))) == 1
        assert run(mail.count_messages(bench.admin, spelling)) == 1
        assert run(mail.message(bench.admin, spelling, message_id)).message.id == message_id
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
    views = run(mail.list_messages(bench.admin, "bob@example.com"))
    assert [view.message.id for view in views] == [kept]


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
