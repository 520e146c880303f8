"""Who is let in, who waits, who is sent away: with a clock of the tests' own."""

import pytest
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from mailcap.domain.figures import Figures
from mailcap.throttling.door import Door
from mailcap.throttling.pulse import Pulse
from mailcap.throttling.queue import Place, Queue
from mailcap.throttling.room import Measure, Room

FLOOD, GOOD = "192.0.2.1", "198.51.100.1"


class Guest:
    def __init__(self) -> None:
        self.told = "nothing"
        self.place = None
        self.silent_since: float | None = 0.0

    def let_in(self) -> None:
        self.told = "in"

    def turn_away(self, *, stopping: bool) -> None:
        self.told = "stopping" if stopping else "away"

    def make_room(self) -> None:
        self.told = "out"


class House:
    """A door with 10 places for sessions, and 6 for those who wait."""

    def __init__(self, sessions: int = 10, most: int = 100_000) -> None:
        self.clock = Clock()
        self.pulse = Pulse(self.clock)
        self.pulse.start()
        self.figures = Figures()
        self.disk = 0
        self.memory = 0
        queue: Queue = Queue(most=6, seconds=60)
        self.other: Queue = Queue(most=6, seconds=60)
        queues = (queue, self.other)
        measures = [
            Measure(
                "connections",
                lambda: sum(each.serving for each in queues),
                most,
                hard=True,
                yields=True,
            ),
            Measure("memory", lambda: self.memory, 5, hard=True),
            Measure("sessions", lambda: queue.serving, sessions),
            Measure("commit time", lambda: self.disk, 1000, "ms"),
        ]
        self.door = Door(
            "smtp",
            queue=queue,
            queues=queues,
            room=Room(measures),
            capacity=sessions,
            pulse=self.pulse,
            clock=self.clock,
            figures=self.figures,
            chance=lambda: 0.5,
        )

    def comes(self, host: str) -> Guest:
        guest = Guest()
        guest.place = self.door.arrive(host, guest)
        return guest

    def crowd(self, number: int, host: str = FLOOD) -> list[Guest]:
        return [self.comes(host) for _ in range(number)]


@pytest.fixture
def house() -> House:
    return House()


def told(guests: list[Guest]) -> list[str]:
    return [guest.told for guest in guests]


def test_where_there_is_room_nobody_waits(house):
    assert told(house.crowd(10)) == ["in"] * 10
    assert sum(house.figures.waits.counts) == 0


def test_the_others_wait_until_somebody_goes(house):
    guests = house.crowd(12)
    assert told(guests) == ["in"] * 10 + ["nothing"] * 2
    house.clock.advance(3)
    house.door.leave(guests[0].place)
    assert told(guests[10:]) == ["in", "nothing"]
    assert house.figures.waits.total == 3


def test_who_has_less_than_a_share_comes_in_all_the_same(house):
    house.crowd(16)
    assert told(house.crowd(6, GOOD)) == ["in"] * 5 + ["nothing"]
    assert house.door.queue.serving == 15


def test_a_site_with_many_networks_has_one_share(house):
    flood = [house.comes(f"2001:db8:0:{number:x}::1") for number in range(16)]
    assert told(flood) == ["in"] * 10 + ["nothing"] * 6
    assert house.comes(GOOD).told == "in"
    assert house.comes("2001:db8:1::1").told == "in"


def test_who_waits_and_goes_leaves_nothing(house):
    *_, last = house.crowd(11)
    house.door.leave(last.place)
    assert len(house.door.queue) == 0
    assert last.told == "nothing"


def test_the_time_is_up(house):
    guests = house.crowd(11)
    house.clock.pump([0.05] * 1198)
    assert guests[-1].told == "nothing"
    house.clock.pump([0.05] * 4)
    assert guests[-1].told == "away"
    assert house.figures.refused == 1


def test_a_full_queue_sends_away_of_the_flood(house):
    guests = house.crowd(17)
    assert told(guests) == ["in"] * 10 + ["nothing"] * 6 + ["away"]
    good = house.crowd(7, GOOD)
    assert told(good) == ["in"] * 5 + ["nothing"] * 2
    assert told(guests[10:]) == ["nothing"] * 4 + ["away"] * 3


def test_what_is_short_holds_those_with_more_than_their_share():
    house = House(sessions=1000)
    house.crowd(100)
    house.clock.advance(0.05)
    house.crowd(20)
    house.disk = 1000
    house.clock.advance(0.05)
    assert house.comes(FLOOD).told == "nothing"
    good = []
    for _ in range(4):
        good += house.crowd(20, GOOD)
        house.clock.advance(0.05)
    assert told(good).count("in") == 80
    house.disk = 999
    house.clock.advance(0.05)
    assert len(house.door.queue) == 0


def test_a_quiet_server_makes_nobody_wait_for_a_busy_moment():
    house = House(sessions=1000)
    house.disk = 5000
    assert told(house.crowd(101)) == ["in"] * 100 + ["nothing"]


def test_a_few_come_in_whatever_is_short():
    house = House(sessions=1000)
    house.disk = 5000
    guests = house.crowd(105)
    house.clock.advance(0.05)
    assert told(guests[100:]) == ["in"] * 2 + ["nothing"] * 3
    house.memory = 5
    house.clock.advance(0.05)
    assert told(guests[100:]) == ["in"] * 2 + ["nothing"] * 3


def test_what_is_hard_holds_everybody(house):
    house.memory = 5
    guest = house.comes(GOOD)
    assert guest.told == "nothing"
    house.memory = 4
    house.clock.advance(0.05)
    assert guest.told == "in"


@pytest.fixture
def taken() -> House:
    """A house of which two blocks have all of the 14 places: 10 and 4."""
    house = House(most=14)
    house.flood = house.crowd(10)
    house.few = house.crowd(4, GOOD)
    house.clock.advance(1)
    return house


def test_who_has_most_gives_up_what_was_silent_for_longest(taken):
    taken.flood[0].silent_since, taken.flood[1].silent_since = None, 0.5
    taken.flood[2].silent_since = 0.1
    for each in taken.flood[3:]:
        each.silent_since = 0.2
    other = taken.comes("203.0.113.1")
    assert other.told == "nothing"
    taken.clock.advance(0.2)
    assert [number for number, each in enumerate(taken.flood) if each.told == "out"] == [2]
    assert told(taken.few) == ["in"] * 4
    taken.door.leave(taken.flood[2].place)
    assert other.told == "in"


def test_one_at_a_beat_gives_up_a_place(taken):
    for number in range(3):
        taken.comes(f"203.0.{number}.1")
    for number in (1, 2, 3):
        taken.clock.advance(0.05)
        gone = [each for each in taken.flood if each.told == "out"]
        assert len(gone) == number
        gone[-1].silent_since = None


def test_a_large_crowd_is_asked_by_and_by(taken, monkeypatch):
    monkeypatch.setattr("mailcap.throttling.door._MOST_ASKED", 4)
    for each in taken.flood[:9]:
        each.silent_since = None
    taken.comes("203.0.113.1")
    for asked in (4, 8):
        taken.clock.advance(0.05)
        assert "out" not in told(taken.flood), asked
    taken.clock.advance(0.05)
    assert told(taken.flood) == ["in"] * 9 + ["out"]


def test_who_makes_use_of_a_place_keeps_it(taken):
    taken.flood[0].silent_since = None
    for each in taken.flood[1:]:
        each.silent_since = 0.7
    taken.comes("203.0.113.1")
    taken.clock.advance(0.6)
    assert "out" not in told(taken.flood)
    taken.clock.advance(0.1)
    assert "out" not in told(taken.flood[:1])
    assert told(taken.flood).count("out") == 1


def test_nobody_gives_up_a_place_for_who_has_as_many(taken):
    taken.comes(FLOOD)
    taken.clock.pump([0.05] * 100)
    assert "out" not in told(taken.flood + taken.few)


def test_no_place_is_given_up_where_that_does_not_help(taken):
    taken.memory = 5
    for each in taken.few:
        taken.door.leave(each.place)
    taken.comes("203.0.113.1")
    taken.clock.pump([0.05] * 100)
    assert "out" not in told(taken.flood)


def test_those_of_another_door_give_up_places_too():
    house = House(most=14)
    crowd = [Place(Guest(), "192.0.2.0/24", 0.0) for _ in range(14)]
    for place in crowd:
        house.other.serve(place)
    house.comes(GOOD)
    house.clock.advance(1)
    assert sum(place.guest.told == "out" for place in crowd) == 1


def test_they_grow_by_so_many_between_two_beats():
    house = House(sessions=1000)
    guests = house.crowd(103)
    assert told(guests) == ["in"] * 100 + ["nothing"] * 3
    house.clock.advance(0.05)
    assert told(guests[100:]) == ["in"] * 3
    guests += house.crowd(23)
    assert told(guests[103:]) == ["in"] * 22 + ["nothing"]


def test_who_has_more_than_a_share_is_slowed_down_while_room_is_short():
    house = House(sessions=1000)
    house.crowd(100)
    house.comes(GOOD)
    assert house.door.turn(FLOOD) is None
    house.disk = 1000
    house.clock.advance(0.05)
    assert house.door.turn(GOOD) is None
    turn = house.door.turn(FLOOD)
    house.clock.advance(0.049)
    assert not turn.called
    house.clock.advance(0.001)
    assert turn.called
    house.clock.pump([0.05] * 20)
    turn = house.door.turn(FLOOD)
    house.clock.advance(1.99)
    assert not turn.called
    house.clock.advance(0.011)
    assert turn.called
    house.disk = 0
    house.clock.pump([0.05] * 80)
    assert house.door.turn(FLOOD) is None


def test_who_is_alone_is_not_slowed_down():
    house = House(sessions=1000)
    house.crowd(100)
    house.disk = 1000
    house.clock.advance(0.05)
    assert house.door.turn(FLOOD) is None


def test_a_closed_door(house):
    guests = house.crowd(12)
    house.door.close()
    assert told(guests) == ["in"] * 10 + ["stopping"] * 2
    late = house.comes(GOOD)
    assert late.told == "stopping"
    house.door.leave(late.place)
    house.door.leave(guests[0].place)
    assert house.door.queue.serving == 9


def test_the_log_says_why_once_in_a_minute(house):
    with capturedLogs() as logs:
        house.crowd(11)
        house.clock.pump([0.05] * 100)
    (line,) = logs
    assert line["log_format"].format(**line) == (
        "smtp: 1 connections wait, 0 were refused so far: too much sessions (10, limit 10)"
    )
    house.clock.advance(60)
    with capturedLogs() as logs:
        house.crowd(1)
        house.disk, house.memory = 1, 7
        house.clock.pump([0.05] * 100)
    (line,) = logs
    assert "too much memory (7, limit 5)" in line["log_format"].format(**line)
