"""Who may not stay any longer is sent away."""

import pytest

from connection.wires import Reactor
from mailcap.connection.guard import Guard
from mailcap.connection.registry import Registry
from mailcap.domain.accounts import Access, Identity
from mailcap.domain.errors import StoreUnavailable

TIM = Identity(account=1, account_name="tim", key_label="first")


class Rights:
    """Says which rights are gone."""

    def __init__(self) -> None:
        self.gone: list[Access] = []
        self.asked: list[list[Access]] = []
        self.error: Exception | None = None

    async def revoked(self, accesses: list[Access]) -> list[Access]:
        self.asked.append(accesses)
        if self.error is not None:
            raise self.error
        return [access for access in accesses if access in self.gone]


class Guest:
    kind = "imap"

    def __init__(self, access: Access | None) -> None:
        self.access = access
        self.expelled = 0

    def expel(self) -> None:
        self.expelled += 1


@pytest.fixture
def rights() -> Rights:
    return Rights()


def guests(registry: Registry, *accesses: Access | None) -> list[Guest]:
    made = [Guest(access) for access in accesses]
    for guest in made:
        registry.admit(guest, "192.0.2.1")
    return made


def test_twice_a_second_it_looks_around(reactor: Reactor, rights: Rights) -> None:
    registry = Registry(reactor)
    own, other, nobody = guests(registry, Access(TIM), Access(TIM, "a@b.test"), None)
    guard = Guard(registry, rights, clock=reactor)
    guard.startService()
    rights.gone = [Access(TIM, "a@b.test")]
    reactor.advance(0.5)
    assert (own.expelled, other.expelled, nobody.expelled) == (0, 1, 0)
    assert set(rights.asked[-1]) == {Access(TIM), Access(TIM, "a@b.test")}
    guard.stopService()


def test_nobody_to_ask_about(reactor: Reactor, rights: Rights) -> None:
    registry = Registry(reactor)
    guests(registry, None)
    Guard(registry, rights, clock=reactor).startService()
    reactor.advance(5)
    assert rights.asked == []


def test_a_store_that_does_not_answer_ends_nothing(reactor: Reactor, rights: Rights) -> None:
    registry = Registry(reactor)
    (guest,) = guests(registry, Access(TIM))
    rights.error = StoreUnavailable("Not now.")
    rights.gone = [Access(TIM)]
    guard = Guard(registry, rights, clock=reactor)
    guard.startService()
    reactor.advance(0.5)
    assert guest.expelled == 0
    rights.error = None
    reactor.advance(0.5)
    assert guest.expelled == 1
