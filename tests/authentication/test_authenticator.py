import pytest
from twisted.internet.defer import CancelledError
from twisted.logger import LogLevel, globalLogPublisher

from fakes import outcome, outcomes
from mailcap.authentication.throttle import Limits
from mailcap.domain.errors import AuthenticationFailed, StoreUnavailable, TooManyFailures
from mailcap.domain.networks import LOOPBACK
from mailcap.services.keys import new_key

HERE, NEIGHBOUR, ELSEWHERE = "192.0.2.1", "192.0.2.250", "198.51.100.1"


@pytest.fixture
def house(door):
    """Alice has the password hunter2, a random key and one of her own choice."""
    door.key = door.account("alice")
    outcome(door.accounts.add_key("alice", "given", given="chosen-by-the-operator"))
    outcome(door.accounts.set_password("alice", "hunter2"))
    return door


@pytest.fixture
def logged():
    """All that is logged meanwhile."""
    events = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


def lock_out(door, name="alice", *, peer=HERE):
    """Fail with *name* until that is refused."""
    for _ in range(10):
        with pytest.raises(AuthenticationFailed):
            door.log_in(name, new_key(), peer=peer)
    with pytest.raises(TooManyFailures):
        door.log_in(name, "hunter2", peer=peer)


def lock_out_block(door, *, peer=HERE):
    """Fail with many names until the block is refused."""
    for number in range(Limits().per_block):
        answer = outcomes(door.authenticator.authenticate(f"n{number}", new_key(), peer=peer))
        door.clock.advance(10)
        assert answer[0].check(AuthenticationFailed)


def test_success_is_answered_at_once(house):
    for secret in ("hunter2", house.key, "chosen-by-the-operator"):
        answer = outcomes(house.authenticator.authenticate("alice", secret, peer=HERE))
        assert answer[0].account_name == "alice"
    assert house.clock.getDelayedCalls() == []


def test_failures_are_answered_later_and_later(house):
    for delay in (0.5, 1, 2, 4, 8, 10, 10, 10, 10, 10):
        answer = outcomes(house.authenticator.authenticate("Alice", "wrong", peer=HERE))
        house.clock.advance(delay - 0.01)
        assert answer == []
        house.clock.advance(0.02)
        assert answer[0].type is AuthenticationFailed
    answer = outcomes(house.authenticator.authenticate("alice", "wrong", peer=HERE))
    assert answer[0].type is TooManyFailures
    assert 0 < answer[0].value.retry_after <= 300


def test_spellings_of_one_name_are_counted_together(house):
    spellings = ["x@shop.example", "X@Shop.Example", "x+1@shop.example", '"x"@shop.example'] * 3
    for name in spellings[:10]:
        with pytest.raises(AuthenticationFailed):
            house.log_in(name, "wrong")
    with pytest.raises(TooManyFailures):
        house.log_in("x+2@shop.example", "wrong")


def test_refused_before_the_password_is_looked_at(house):
    lock_out(house)
    house.verified.clear()
    house.store.asked.clear()
    for _ in range(50):
        with pytest.raises(TooManyFailures):
            house.log_in("alice", "wrong")
    assert house.verified == []
    assert house.store.asked == []


def test_the_right_password_gets_in_from_another_block(house):
    lock_out(house)
    lock_out_block(house)
    assert house.log_in("alice", "hunter2", peer=ELSEWHERE).account_name == "alice"
    assert house.log_in("alice", "hunter2", peer="2001:db8::1").account_name == "alice"


def test_a_neighbour_shares_the_count(house):
    lock_out(house)
    with pytest.raises(TooManyFailures):
        house.log_in("alice", "hunter2", peer=NEIGHBOUR)


def test_all_is_forgotten_after_a_while(house):
    lock_out(house)
    house.clock.advance(300)
    assert house.log_in("alice", "hunter2").account_name == "alice"


def test_a_success_begins_the_count_anew(house):
    for _ in range(5):
        for _ in range(9):
            with pytest.raises(AuthenticationFailed):
                house.log_in("alice", "wrong")
        assert house.log_in("alice", "hunter2").account_name == "alice"


def test_a_key_gets_in_whatever_its_neighbours_have_done(house):
    lock_out(house)
    lock_out_block(house)
    for login in ("alice", "x@public.example"):
        assert house.log_in(login, house.key, peer=NEIGHBOUR).account_name == "alice"
    assert house.show_key(house.key, peer=NEIGHBOUR).account_name == "alice"


def test_a_key_of_somebodys_choice_does_not_for_it_could_be_guessed(house):
    lock_out_block(house)
    with pytest.raises(TooManyFailures):
        house.show_key("chosen-by-the-operator")
    with pytest.raises(TooManyFailures):
        house.log_in("alice", "chosen-by-the-operator")
    assert house.show_key("chosen-by-the-operator", peer=ELSEWHERE).account_name == "alice"
    with pytest.raises(TooManyFailures):  # though it is remembered now
        house.show_key("chosen-by-the-operator")


def test_wrong_keys_are_refused_too_in_the_end(house):
    wrong = new_key()
    for _ in range(10):
        with pytest.raises(AuthenticationFailed):
            house.show_key(wrong)
    with pytest.raises(TooManyFailures):
        house.show_key(wrong)


def test_a_program_with_a_revoked_key_locks_nobody_out(house):
    revoked = new_key()
    for _ in range(500):
        with pytest.raises(AuthenticationFailed):
            house.show_key(revoked)
    assert house.show_key("chosen-by-the-operator").account_name == "alice"
    assert house.log_in("alice", "hunter2").account_name == "alice"


def test_a_key_that_is_added_late_works_although_it_was_refused(house):
    late = new_key()
    for _ in range(12):
        with pytest.raises(AuthenticationFailed):
            house.show_key(late)
    outcome(house.accounts.add_key("alice", "late", given=late))
    assert house.show_key(late).key_label == "late"


def test_a_trusted_network_is_delayed_and_never_refused(house):
    house.rebuild(trusted=LOOPBACK)
    for _ in range(30):
        with pytest.raises(AuthenticationFailed) as refusal:
            house.log_in("alice", "wrong", peer="127.0.0.1")
        assert refusal.type is AuthenticationFailed
    answer = outcomes(house.authenticator.authenticate("alice", "wrong", peer="127.0.0.1"))
    house.clock.advance(9.9)
    assert answer == []
    assert house.log_in("alice", "hunter2", peer="127.0.0.1").account_name == "alice"


def test_a_flood_of_attempts_at_once_is_counted_and_then_refused(house):
    answers = [
        outcomes(house.authenticator.authenticate("alice", new_key(), peer=HERE)) for _ in range(50)
    ]
    assert not any(answers)  # to be refused is no way to ask the store more often
    house.clock.advance(10)
    assert all(answer[0].check(AuthenticationFailed) for answer in answers)
    assert sum(answer[0].type is TooManyFailures for answer in answers) == 40


def test_whoever_hangs_up_meanwhile_was_counted_all_the_same(house):
    for _ in range(10):
        waiting = house.authenticator.authenticate("alice", "wrong", peer=HERE)
        ended = outcomes(waiting)
        waiting.cancel()
        assert ended[0].check(CancelledError)
    assert house.clock.getDelayedCalls() == []
    with pytest.raises(TooManyFailures):
        house.log_in("alice", "hunter2")


def test_a_store_out_of_reach_is_nobodys_failure(house, monkeypatch):
    async def unreachable(_digest):
        raise StoreUnavailable("not now")

    monkeypatch.setattr(house.store, "key_holder", unreachable)
    for _ in range(20):
        for ask in (
            house.authenticator.authenticate("alice", "hunter2", peer=HERE),
            house.authenticator.authenticate_key(new_key(), peer=HERE),
        ):
            assert outcomes(ask)[0].check(StoreUnavailable)
    assert len(house.throttle) == 0


def test_a_hundred_thousand_hostile_logins_leave_bounded_traces(house):
    house.rebuild(Limits(counters=1000))
    for number in range(100_000):
        peer = f"10.{number >> 8 & 255}.{number & 255}.{number >> 16}"
        house.throttle.failed(house.authenticator._sources.of(peer), f"name {number}")
    assert len(house.throttle) <= 2000
    assert house.log_in("alice", "hunter2").account_name == "alice"


class TestLog:
    def test_a_failure_is_logged_with_its_block_and_name(self, house, logged):
        with pytest.raises(AuthenticationFailed):
            house.log_in("Alice", "wrong")
        (event,) = [each for each in logged if each.get("block")]
        assert event["log_level"] is LogLevel.info
        assert (event["name"], event["block"]) == ("alice", "192.0.2.0/24")

    def test_no_secret_is_logged_whatever_field_it_was_put_in(self, house, logged):
        outcomes(house.authenticator.authenticate("alice", "hunter3-secret", peer=HERE))
        outcomes(house.authenticator.authenticate(house.key, "alice", peer=HERE))
        wrong = new_key()
        outcomes(house.authenticator.authenticate("alice", wrong, peer=HERE))
        outcomes(house.authenticator.authenticate_key(wrong, peer=HERE))
        house.log_in("alice", house.key)
        text = repr(logged).lower()
        for secret in ("hunter3-secret", house.key, wrong):
            assert secret.lower() not in text
        assert len(logged) == 4

    def test_a_hostile_name_stays_on_its_line(self, house, logged):
        for name in ("x\r\nfake entry", "{log_level} {0}", "\x1b[2J"):
            with pytest.raises(AuthenticationFailed):
                house.log_in(name, "wrong")
        assert [event["name"] for event in logged] == ["", "", ""]

    def test_success_and_refusal_are_silent(self, house, logged):
        lock_out(house)
        failures = len(logged)
        for _ in range(100):
            with pytest.raises(TooManyFailures):
                house.log_in("alice", "wrong")
        house.log_in("alice", "hunter2", peer=ELSEWHERE)
        assert len(logged) == failures == 10
