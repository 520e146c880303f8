import gc
import weakref

import pytest
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from connection.certificates import client_side, server_side
from connection.chatter import Chats
from mailcap.domain.errors import Busy


@pytest.fixture
def chats(reactor):
    return Chats(reactor, tls=server_side())


@pytest.fixture
def client(chats):
    client = chats.client()
    assert client.read() == b"hello\n"
    return client


@pytest.fixture
def session(chats, client):
    assert client
    return chats.sessions[0]


def read_all(client) -> bytes:
    """Read for as long as something comes."""
    return b"".join(iter(client.read, b""))


# One command at a time


def test_commands_are_answered_in_order_and_together(client):
    assert client.send(b"a\nb\nc") == b"a\nb\n"
    assert client.send(b"d\n") == b"cd\n"


def test_the_session_knows_both_ends(session):
    assert (session.connection.peer, session.connection.local) == ("192.0.2.1", "192.0.2.25")


def test_an_event_may_need_no_answer(client):
    assert client.send(b"nothing\na\n") == b"a\n"


def test_nothing_is_begun_while_work_is_under_way(client, session):
    assert client.send(b"a\nwork\nb\nwork\nc\n") == b"a\n"
    assert session.handled == ["a", "work"]
    session.work[0].callback("first")
    assert client.read() == b"first\nb\n"
    session.work[1].callback("second")
    assert client.read() == b"second\nc\n"


def test_work_may_take_no_time(client):
    assert client.send(b"coroutine\n" * 300 + b"a\n") == b"awaited\n" * 300 + b"a\n"


def test_work_that_fails_as_it_may_is_answered(client, session, failures):
    client.send(b"work\n")
    session.work[0].errback(Failure(Busy("later")))
    assert client.send(b"a\n") == b"failed: later\na\n"
    assert failures == []


def test_work_that_fails_otherwise_is_answered_and_logged(client, session, failures):
    client.send(b"work\n")
    session.work[0].errback(Failure(RuntimeError("oh")))
    assert client.send(b"failing\na\n") == b"failed: oh\nfailed: before it has begun\na\n"
    assert [str(each) for each in failures] == ["oh", "before it has begun"]


def test_work_that_is_cancelled_has_no_answer(client, session, failures):
    assert client.send(b"a\nwork\nb\n") == b"a\n"
    session.work[0].cancel()
    assert client.read() == b""
    assert client.closed
    assert failures == []
    session.work[0].callback("whatever comes of it")
    assert (client.read(), session.handled) == (b"", ["a", "work"])


def test_work_may_be_cancelled_before_it_takes_any_time(client, session):
    assert client.send(b"a\ncancelled\nb\n") == b"a\n"
    assert client.closed
    assert session.handled == ["a", "cancelled"]


def test_an_exception_costs_only_this_connection(chats, client, failures):
    other = chats.client()
    assert client.send(b"a\nboom\nb\n") == b"a\nfarewell BROKEN\n"
    assert client.closed
    assert [str(each) for each in failures] == ["this cannot be handled"]
    assert other.send(b"a\n") == b"hello\na\n"


@pytest.mark.parametrize("outcome", ["a result", Failure(Busy("later"))])
def test_an_answer_that_cannot_be_made_ends_the_connection(client, session, failures, outcome):
    client.send(b"bad\na\n")
    session.work[0].callback(outcome)
    assert client.read() == b"farewell BROKEN\n"
    assert client.closed
    assert isinstance(failures[0], ZeroDivisionError)


def test_a_turn_ends_so_that_others_get_theirs(chats, client, reactor):
    client.socket.send(b"a\n" * 1000)
    (transport,) = reactor.readers
    transport.doRead()
    assert 0 < len(chats.sessions[0].handled) < 1000
    assert client.read() == b"a\n" * 1000


def test_a_turn_may_end_behind_the_connection(client, session, reactor):
    client.socket.send(b"a\n" * 1000)
    (transport,) = reactor.readers
    transport.doRead()
    transport.connectionLost(Failure(ConnectionLost()))
    reactor.turn()
    assert 0 < len(session.handled) < 1000


# No more than fits


def test_a_client_that_sends_while_work_is_under_way_is_not_read(client, session, reactor):
    client.send(b"work\n")
    client.send(b"a\n" * 10_000)
    assert reactor.readers  # so little is taken in without a word to the kernel
    for _ in range(1000):
        client.reactor.turn()
        try:
            client.socket.send(b"a\n" * 10_000)
        except BlockingIOError:
            break
    else:
        pytest.fail("everything was read")
    assert not reactor.readers
    assert session.reader.waiting <= 3 * 65_536
    session.work[0].callback("done")
    received = read_all(client)
    assert received.startswith(b"done\na\na\n")
    assert len(received) > 100_000
    assert reactor.readers


def test_waiting_octets_are_bounded_when_each_command_takes_time(client, session, reactor):
    client.send(b"work\n" * 50_000)
    most = 0
    while session.work and not session.work[-1].called:
        most = max(most, session.reader.waiting)
        session.work[-1].callback("x")
        reactor.turn()
        if len(session.work) > 2000:
            break
    assert most <= 3 * 65_536


def test_a_client_that_does_not_read_is_not_answered(client, session, reactor):
    for _ in range(200):
        client.socket.send(b"times 100000\n")
        reactor.turn()
    handled = len(session.handled)
    assert handled < 200
    assert read_all(client) == (b"x" * 100_000 + b"\n") * 200


def test_an_answer_is_sent_at_once_without_a_word_to_the_kernel(client, reactor):
    before = reactor.system_calls
    client.socket.send(b"a\n")
    (transport,) = reactor.readers
    transport.doRead()
    assert client.socket.recv(100) == b"a\n"
    assert reactor.system_calls == before


def test_what_a_message_holds_is_accounted_for(chats, client):
    client.send(b"message\n")
    client.send(b"x" * 5000)
    assert chats.in_flight.used == 5000
    client.send(b"end\n")
    assert chats.in_flight.used == 0


def test_what_a_lost_connection_held_is_given_back(chats, client):
    client.send(b"message\n")
    client.send(b"x" * 5000)
    client.close()
    assert chats.in_flight.used == 0
    assert len(chats.registry) == 0


def test_who_holds_most_lets_go_when_there_is_too_much(reactor):
    chats = Chats(reactor, in_flight=10_000)
    hoarder, other = chats.client(), chats.client()
    hoarder.send(b"message\n")
    hoarder.send(b"x" * 9000)
    other.send(b"message\n")
    other.send(b"y" * 2000)
    assert [session.reader.dropped for session in chats.sessions] == [True, False]
    assert chats.in_flight.used == 2000


# Silence


def test_silence_ends_a_connection(client, reactor):
    reactor.advance(299)
    assert client.send(b"a\n") == b"a\n"
    reactor.advance(299)
    assert client.read() == b""
    reactor.advance(1)
    assert client.read() == b"farewell IDLE\n"
    assert client.closed
    assert reactor.getDelayedCalls() == []


def test_an_unfinished_command_is_silence(client, reactor):
    for _ in range(30):
        client.send(b"x")
        reactor.advance(10)
    assert client.read() == b"farewell IDLE\n"


def test_a_message_that_arrives_is_none(client, reactor):
    client.send(b"message\n")
    for _ in range(30):
        client.send(b"x")
        reactor.advance(200)
    assert client.send(b"end\n") == b"x" * 30 + b"\n"


def test_work_that_takes_long_is_none(client, session, reactor):
    client.send(b"work\n")
    reactor.advance(1000)
    session.work[0].callback("done")
    assert client.read() == b"done\n"
    reactor.advance(299)
    assert client.send(b"a\n") == b"a\n"


def test_a_silent_client_that_does_not_read_is_dropped(client, session, reactor):
    client.socket.send(b"times 10000000\n")
    reactor.turn()
    reactor.advance(300)
    reactor.turn()
    assert session.reader.waiting == 0
    reactor.advance(10)
    reactor.turn()
    assert reactor.readers == reactor.writers == set()
    assert reactor.getDelayedCalls() == []


# Endings


def test_goodbye(chats, client, reactor):
    assert client.send(b"a\nclose\nb\n") == b"a\nbye\n"
    assert client.closed
    assert len(chats.registry) == 0
    assert reactor.getDelayedCalls() == []


def test_a_client_that_still_sends_gets_the_last_answer(chats, client, session, reactor):
    assert client.send(b"shut\nb\n") == b"enough\n"
    assert client.closed  # for reading
    for _ in range(100):
        client.socket.send(b"c" * 1000)
        reactor.turn()
    assert session.handled == ["shut"]
    assert session.reader.waiting == 0
    assert len(chats.registry) == 1
    client.close()
    assert len(chats.registry) == 0
    assert reactor.getDelayedCalls() == []


def test_but_not_for_ever(chats, client, reactor):
    client.send(b"shut\n")
    reactor.advance(10)
    reactor.turn()
    assert len(chats.registry) == 0
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        client.socket.send(b"c")


def test_one_too_many(reactor):
    chats = Chats(reactor, most=1)
    first, second = chats.client(), chats.client()
    assert second.read() == b"farewell TOO_MANY\n"
    assert second.closed
    assert len(chats.registry) == 1
    assert first.send(b"a\n") == b"hello\na\n"


def test_shutdown_ends_what_is_idle_at_once(chats, client):
    chats.registry.shut_down(10)
    assert client.read() == b"farewell SHUTDOWN\n"
    assert client.closed
    assert len(chats.registry) == 0
    assert chats.client().read() == b"farewell SHUTDOWN\n"


def test_shutdown_waits_for_work_and_for_messages(chats, client, session):
    other = chats.client()
    client.send(b"work\nb\n")
    other.send(b"message\n")
    chats.registry.shut_down(10)
    session.work[0].callback("done")
    assert client.read() == b"done\nb\nfarewell SHUTDOWN\n"
    assert other.read() == b""
    assert other.send(b"xend\n") == b"x\nfarewell SHUTDOWN\n"
    assert len(chats.registry) == 0


def test_shutdown_does_not_wait_for_ever(chats, client, session, reactor):
    client.send(b"work\n")
    ended = []
    chats.registry.shut_down(10).addCallback(lambda _: chats.registry.cut_off()).addCallback(
        ended.append
    )
    reactor.advance(10)
    assert client.read() == b"farewell SHUTDOWN\n"
    reactor.advance(1)  # in which it might have closed
    reactor.turn()
    assert ended == [None]
    session.work[0].callback("too late")
    assert client.read() == b""


def test_a_lost_connection_ends_nothing_that_is_under_way(client, session, failures):
    client.send(b"work\n")
    client.close()
    session.work[0].callback("nobody hears this")
    assert failures == []


def test_work_that_fails_for_nobody_is_logged(client, session, failures):
    client.send(b"work\n")
    client.close()
    session.work[0].errback(Failure(RuntimeError("oh")))
    assert len(failures) == 1


def test_nothing_stays_of_a_connection(chats, client):
    protocol = weakref.ref(client.protocol)
    client.close()
    client.protocol = client.transport = None
    chats.sessions.clear()
    gc.collect()
    assert protocol() is None


def test_who_is_expelled_hears_why(client):
    client.protocol.expel()
    assert client.read() == b"farewell REVOKED\n"
    assert client.closed


def test_who_is_expelled_may_end_what_is_under_way_but_no_message(client, session):
    client.send(b"work\n")
    client.protocol.expel()
    assert client.read() == b""
    session.work.pop().callback(None)
    assert client.read().endswith(b"farewell REVOKED\n")


def test_nobody_waits_for_the_message_of_who_is_expelled(client):
    client.send(b"message\n")
    client.protocol.expel()
    assert client.read() == b"farewell REVOKED\n"


# TLS


def test_start_tls(client, session):
    assert client.send(b"tls\n") == b"ready\n"
    client.start_tls(client_side())
    assert client.send(b"a\n") == b"a\n"
    assert session.tls.startswith("TLSv1.3 TLS_")


def test_what_was_said_before_tls_is_forgotten(client, session):
    assert client.send(b"tls\nevil\n") == b"ready\n"
    client.start_tls(client_side())
    assert client.send(b"a\n") == b"a\n"
    assert session.handled == ["tls", "a"]


def test_plain_text_instead_of_tls_ends_the_connection(chats, client, session):
    client.send(b"tls\n")
    client.send(b"MAIL FROM:<a@b.test>\n")
    assert session.handled == ["tls"]
    assert client.closed
    assert len(chats.registry) == 0


@pytest.mark.parametrize("word", [b"close\n", b"shut\n"])
def test_tls_ends_with_a_last_answer(chats, client, reactor, word):
    client.send(b"tls\n")
    client.start_tls(client_side())
    assert client.send(b"a\n" + word) in (b"a\nbye\n", b"a\nenough\n")
    assert client.closed
    client.close()
    assert len(chats.registry) == 0
    assert reactor.getDelayedCalls() == []


def test_who_never_shakes_hands_is_dropped(chats, client, reactor):
    client.send(b"tls\n")
    reactor.advance(300)
    reactor.turn()
    reactor.advance(10)
    reactor.turn()
    assert len(chats.registry) == 0
    assert client.read() == b""


def test_much_output_over_tls(client):
    client.send(b"tls\n")
    client.start_tls(client_side())
    received = client.send(b"times 3000000\na\n") + read_all(client)
    assert received == b"x" * 3_000_000 + b"\na\n"
