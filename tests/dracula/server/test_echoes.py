"""What is taken for an echo, and for how long."""

from twisted.internet.task import Clock

from mailcap.dracula.server.echoes import Echoes

HERE, THERE = ("192.0.2.1", 3509), ("192.0.2.2", 3509)


def packet(number):
    return b"C 12345678 " + number.to_bytes(4, "little") + b" n"


def heard(echoes, number, address=HERE):
    return echoes.hears(packet(number), address)


def test_an_id_that_comes_again_and_again_from_one_address():
    echoes = Echoes(Clock().seconds)
    assert [heard(echoes, 1) for _ in range(6)] == [False] * 4 + [True] * 2
    assert not heard(echoes, 2)
    assert not heard(echoes, 1, THERE)


def test_what_was_long_ago_is_forgotten():
    clock = Clock()
    echoes = Echoes(clock.seconds)
    for _ in range(5):
        assert [heard(echoes, 1) for _ in range(4)] == [False] * 4
        clock.advance(10)


def test_only_so_much_is_remembered():
    echoes = Echoes(Clock().seconds)
    for number in range(100_000):
        assert not heard(echoes, number)
    assert len(echoes._seen) <= 16_384
