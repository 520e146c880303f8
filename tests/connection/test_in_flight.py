import pytest

from mailcap.connection.in_flight import InFlight


class Connection:
    """Holds octets, and lets go of all but *stubborn* ones when it is told to."""

    def __init__(self, pool: InFlight, stubborn: int = 0) -> None:
        self.share = pool.share(self.shed)
        self.stubborn = stubborn
        self.sheds = 0

    def shed(self) -> None:
        self.sheds += 1
        self.share.resize(min(self.stubborn, self.share.size))


@pytest.fixture
def pool():
    return InFlight(100)


def test_counts_what_is_complete(pool):
    pool.add(99)
    assert not pool.full
    pool.add(1)
    assert pool.full
    pool.remove(100)
    assert pool.used == 0
    assert not pool.full


def test_counts_what_connections_hold(pool):
    first, second = Connection(pool), Connection(pool)
    first.share.resize(40)
    second.share.resize(30)
    first.share.resize(50)
    assert pool.used == 80
    second.share.resize(0)
    assert pool.used == 50


def test_who_holds_most_lets_go(pool):
    hoarder, other = Connection(pool), Connection(pool)
    hoarder.share.resize(90)
    other.share.resize(20)
    assert (hoarder.sheds, other.sheds) == (1, 0)
    assert pool.used == 20


def test_whoever_is_done_is_not_asked(pool):
    gone, other = Connection(pool), Connection(pool)
    gone.share.resize(90)
    gone.share.resize(0)
    pool.add(80)
    other.share.resize(30)
    assert (gone.sheds, other.sheds) == (0, 1)


def test_shrinking_asks_nobody(pool):
    connection = Connection(pool)
    connection.share.resize(90)
    pool.add(50)
    connection.share.resize(80)
    assert connection.sheds == 0


def test_a_connection_that_cannot_let_go_is_asked_once_for_each_growth(pool):
    stubborn = Connection(pool, stubborn=200)
    stubborn.share.resize(150)
    assert stubborn.sheds == 1
    assert pool.full
    stubborn.share.resize(160)
    assert stubborn.sheds == 2
