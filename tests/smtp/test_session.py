"""Sessions from the greeting to the end, as scripts."""

import pytest

from mailcap.domain import errors
from mailcap.domain.addresses import parse_address
from mailcap.domain.envelope import Connection, Recipient
from smtp.stand_ins import BASE, Server
from support.scripts import play

READY = """
    S: 220 mail.test ESMTP mailcap
    C: EHLO client.test
    S: 250-mail.test Hello
    S: 250-PIPELINING
    S: 250-SIZE 1000
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-CHUNKING
    S: 250-BINARYMIME
    S: 250-ENHANCEDSTATUSCODES
    S: 250-DSN
    S: 250-LIMITS RCPTMAX=3
    S: 250 HELP
"""
RCPT = (
    READY
    + """
    C: MAIL FROM:<a@b.test>
    S: 250 2.1.0 Accepted
    C: RCPT TO:<c@d.test>
    S: 250 2.1.5 Accepted
"""
)
QUEUED = f"S: 250 2.0.0 OK : queued as {BASE}"


@pytest.fixture
def server(reactor):
    return Server(reactor, message_size=1000, recipients=3)


@pytest.fixture
def client(server):
    return server.client()


def test_a_message(server, client):
    play(
        client,
        f"""
        {RCPT}
        C: DATA
        S: 354 Enter message, ending with "." on a line by itself
        C: Subject: hello
        C:
        C: ..dot
        C: .
        {QUEUED}
        C: QUIT
        S: 221 2.0.0 Bye
        S: (closed)
        """,
    )
    assert server.body == b"Subject: hello\r\n\r\n.dot\r\n"
    envelope = server.envelope
    assert envelope.connection == Connection(peer="192.0.2.1", local="192.0.2.25")
    assert (envelope.helo, envelope.protocol) == ("client.test", "ESMTP")
    assert envelope.mail_from == "a@b.test"
    assert envelope.recipients == (Recipient(parse_address("c@d.test")),)
    assert (envelope.submitter, envelope.ret, envelope.envid) == (None, None, None)


def test_an_old_client(server, client):
    play(
        client,
        f"""
        S: 220 mail.test ESMTP mailcap
        C: HELO client.test
        S: 250 mail.test Hello
        C: MAIL FROM:<>
        S: 250 2.1.0 Accepted
        C: RCPT TO:<c@d.test>
        S: 250 2.1.5 Accepted
        C: DATA
        S: 354 ...
        C: .
        {QUEUED}
        """,
    )
    assert server.body == b""
    assert (server.envelope.mail_from, server.envelope.protocol) == ("", "SMTP")


def test_everything_at_once(server, client):
    play(
        client,
        f"""
        S: 220 ...
        C: HELO client.test
        C: MAIL FROM:<a@b.test>
        C: RCPT TO:<c@d.test>
        C: RCPT TO:<nobody>
        C: RCPT TO:<e@f.test>
        C: DATA
        C: one
        C: .
        C: MAIL FROM:<a@b.test>
        C: RCPT TO:<c@d.test>
        C: DATA
        C: two
        C: .
        C: QUIT
        S: 250 mail.test Hello
        S: 250 2.1.0 Accepted
        S: 250 2.1.5 Accepted
        S: 553 5.1.3 there is no @ behind a local part
        S: 250 2.1.5 Accepted
        S: 354 ...
        {QUEUED}
        S: 250 2.1.0 Accepted
        S: 250 2.1.5 Accepted
        S: 354 ...
        {QUEUED}
        S: 221 ...
        S: (closed)
        """,
    )
    assert [each.body for each in server.deliverer.deliveries] == [b"one\r\n", b"two\r\n"]
    addresses = [
        each.address.written for each in server.deliverer.deliveries[0].envelope.recipients
    ]
    assert addresses == ["c@d.test", "e@f.test"]


def test_answers_wait_for_the_one_before(server, client):
    server.deliverer.patient = True
    play(
        client,
        f"""
        {RCPT}
        C: DATA
        S: 354 ...
        C: one
        C: .
        C: NOOP
        C: MAIL FROM:<a@b.test>
        """,
    )
    assert client.read() == b""
    server.deliverer.deliveries[0].answer.callback("the-base")
    play(client, "S: 250 2.0.0 OK : queued as the-base\nS: 250 2.0.0 OK\nS: 250 2.1.0 Accepted")


def test_parameters(server, client):
    play(
        client,
        f"""
        {READY}
        C: MAIL FROM:<a@b.test> SIZE=5 BODY=8BITMIME RET=HDRS ENVID=QQ+2B1 AUTH=<>
        S: 250 2.1.0 Accepted
        C: RCPT TO:<c@d.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;c+2Bx@d.test
        S: 250 2.1.5 Accepted
        C: RCPT TO:<e@f.test> NOTIFY=NEVER
        S: 250 2.1.5 Accepted
        C: DATA
        S: 354 ...
        C: .
        {QUEUED}
        """,
    )
    envelope = server.envelope
    assert (envelope.ret, envelope.envid) == ("HDRS", "QQ+1")
    assert envelope.recipients == (
        Recipient(parse_address("c@d.test"), ("SUCCESS", "DELAY"), "rfc822;c+x@d.test"),
        Recipient(parse_address("e@f.test"), ("NEVER",)),
    )


def test_addresses_beyond_ascii(server, client):
    play(
        client,
        f"""
        {READY}
        C: MAIL FROM:<jürgen@büro.test>
        S: 553 5.6.7 ...
        C: MAIL FROM:<a@b.test>
        S: 250 2.1.0 Accepted
        C: RCPT TO:<用户@例子.test>
        S: 553 5.6.7 ...
        C: RSET
        S: 250 2.0.0 OK
        C: MAIL FROM:<jürgen@büro.test> SMTPUTF8
        S: 250 2.1.0 Accepted
        C: RCPT TO:<用户@例子.test>
        S: 250 2.1.5 Accepted
        C: DATA
        S: 354 ...
        C: .
        {QUEUED}
        """,
    )
    assert server.envelope.protocol == "UTF8SMTP"
    assert server.envelope.mail_from == "jürgen@büro.test"
    assert server.envelope.recipients[0].address.domain == "xn--fsqu00a.test"


def test_the_postmaster_is_here(server, client):
    play(
        client,
        f"""
        {READY}
        C: MAIL FROM:<a@b.test>
        S: 250 ...
        C: RCPT TO:<Postmaster>
        S: 250 2.1.5 Accepted
        C: DATA
        S: 354 ...
        C: .
        {QUEUED}
        """,
    )
    assert server.envelope.recipients[0].address.inbox == "postmaster@mail.test"


def test_a_machine_may_have_an_odd_name(reactor):
    client = Server(reactor, host_name="jürgens büro").client()
    play(
        client,
        r"""
        S: 220 j\xfcrgens b\xfcro ESMTP mailcap
        C: HELO client.test
        S: 250 j\xfcrgens b\xfcro Hello
        C: MAIL FROM:<a@b.test>
        S: 250 ...
        C: RCPT TO:<postmaster>
        S: 553 5.1.3 ...
        """,
    )


def test_what_is_asked_for_besides(client):
    play(
        client,
        r"""
        S: 220 ...
        C: NOOP
        S: 250 2.0.0 OK
        C: RSET
        S: 250 2.0.0 OK
        C: HELP
        S: 214-2.0.0 Commands: AUTH BDAT DATA EHLO EXPN HELO HELP MAIL NOOP QUIT RCPT ...
        S: 214 2.0.0 Mail to any address is accepted and kept
        C: VRFY bob
        S: 252 2.1.5 ...
        C: EXPN list
        S: 502 5.5.1 ...
        C: TURN
        S: 502 5.5.1 ...
        C: XYZZY
        S: 500 5.5.2 ...
        C:
        S: 500 5.5.2 ...
        C: NOOP \0
        S: 500 5.5.2 ...
        C: EHLO
        S: 501 5.5.4 ...
        C: STARTTLS
        S: 502 5.5.1 ...
        """,
    )


def test_a_long_line_is_refused_once(client):
    play(client, "S: 220 ...")
    assert client.send(b"NOOP " + b"x" * 100_000) == b""
    assert client.send(b"\r\nQUIT\r\n") == b"500 5.5.2 Line too long\r\n221 2.0.0 Bye\r\n"


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("MAIL FROM:<a>", "553 5.1.7 ..."),
        ("MAIL FROM:<a@b..test>", "553 5.1.7 ..."),
        ("MAIL FROM:a@b.test", "501 5.5.4 ..."),
        ("MAIL", "501 5.5.4 ..."),
        ("MAIL FROM:<> SIZE=1001", "552 5.3.4 Message too large"),
        ("MAIL FROM:<> SIZE=1000", "250 2.1.0 Accepted"),
        ("MAIL FROM:<> SIZE=x", "501 5.5.4 ..."),
        ("MAIL FROM:<> SIZE=1 SIZE=1", "501 5.5.4 ..."),
        ("MAIL FROM:<> PRIORITY=1", "555 5.5.4 unknown parameter PRIORITY"),
        ("MAIL FROM: <a@b.test>", "250 2.1.0 Accepted"),
        ("MAIL FROM:<@x.test:a@b.test>", "250 2.1.0 Accepted"),
    ],
)
def test_senders(client, command, reply):
    play(client, f"{READY}\nC: {command}\nS: {reply}")


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("RCPT TO:<>", "553 5.5.4 ..."),
        ("RCPT TO:<c>", "553 5.1.3 ..."),
        ("RCPT TO:c@d.test", "501 5.5.4 ..."),
        ("RCPT TO:<c@d.test> NOTIFY=WHENEVER", "501 5.5.4 ..."),
        ("RCPT TO:<c@d.test> SIZE=1", "555 5.5.4 ..."),
        ('RCPT TO:<"c d"@e.test>', "250 2.1.5 Accepted"),
        ("RCPT TO:<c@[192.0.2.1]>", "250 2.1.5 Accepted"),
        ("RCPT TO:<c@[IPv6:2001:db8::1]>", "250 2.1.5 Accepted"),
    ],
)
def test_recipients(client, command, reply):
    play(client, f"{READY}\nC: MAIL FROM:<>\nS: 250 ...\nC: {command}\nS: {reply}")


def test_without_a_recipient_there_is_no_message(client):
    play(
        client,
        f"""
        {READY}
        C: DATA
        S: 503 5.5.1 Send MAIL first
        C: MAIL FROM:<a@b.test>
        S: 250 ...
        C: DATA
        S: 553 5.5.4 The message has no recipient
        C: RCPT TO:<c>
        S: 553 5.1.3 ...
        C: DATA
        S: 553 5.5.4 The message has no recipient
        C: RCPT TO:<c@d.test>
        S: 250 ...
        C: DATA
        S: 354 ...
        """,
    )


def test_too_many_recipients_are_tried_later(server, client):
    more = "C: RCPT TO:<x@y.test>\nS: 452 4.5.3 Too many recipients\n" * 200
    play(
        client,
        f"""
        {RCPT}
        C: RCPT TO:<c@d.test>
        S: 250 ...
        C: RCPT TO:<e@f.test>
        S: 250 ...
        {more}
        C: DATA
        S: 354 ...
        C: .
        {QUEUED}
        """,
    )
    assert len(server.envelope.recipients) == 3


# Sizes


def test_a_message_that_is_too_large(server, client):
    play(client, f"{RCPT}\nC: DATA\nS: 354 ...")
    assert client.send(b"x" * 999 + b"\r\n") == b""
    play(
        client,
        f"""
        C: .
        S: 552 5.3.4 Message too large
        C: RCPT TO:<c@d.test>
        S: 503 5.5.1 Send MAIL first
        C: MAIL FROM:<a@b.test>
        S: 250 ...
        C: RCPT TO:<c@d.test>
        S: 250 ...
        C: DATA
        S: 354 ...
        C: small
        C: .
        {QUEUED}
        """,
    )
    assert server.body == b"small\r\n"


def test_a_flood(server, client):
    play(client, f"{RCPT}\nC: DATA\nS: 354 ...")
    assert client.send(b"x" * 4000) == b""
    assert client.send(b"x") == b"552 5.3.4 Message too large\r\n"
    assert client.closed
    assert client.send(b"\r\n.\r\nNOOP\r\n") == b""
    assert server.deliverer.deliveries == []


def test_no_room(server, client):
    server.in_flight.add(10**9)
    play(
        client,
        f"""
        {RCPT}
        C: DATA
        S: 452 4.3.1 ...
        C: BDAT 6
        C: NOOP
        S: 452 4.3.1 ...
        """,
    )
    server.in_flight.remove(1)
    play(client, f"C: DATA\nS: 354 ...\nC: small\nC: .\n{QUEUED}")
    assert server.body == b"small\r\n"


def test_who_holds_most_makes_room(reactor):
    server = Server(reactor, room=5000, message_size=10_000)
    hoarder, other = server.client(), server.client()
    for client in (hoarder, other):
        play(
            client,
            "S: 220 ...\nC: HELO x\nC: MAIL FROM:<>\nC: RCPT TO:<c@d.test>\nC: DATA\n"
            "S: 250 ...\nS: 250 ...\nS: 250 ...\nS: 354 ...",
        )
    hoarder.send(b"x" * 4000)
    other.send(b"y" * 2000)
    play(hoarder, "C:\nC: .\nS: 452 4.3.1 ...\nC: NOOP\nS: 250 ...")
    play(other, f"C:\nC: .\n{QUEUED}")
    assert server.body == b"y" * 2000 + b"\r\n"
    assert server.in_flight.used == 0


def test_a_message_counts_until_it_is_delivered(server, client):
    server.deliverer.patient = True
    play(client, f"{RCPT}\nC: DATA\nS: 354 ...\nC: 12345678\nC: .")
    assert server.in_flight.used == 10
    client.close()
    assert server.in_flight.used == 10
    server.deliverer.deliveries[0].answer.callback(BASE)
    assert server.in_flight.used == 0


# Chunks


def test_a_message_in_chunks(server, client):
    play(
        client,
        f"""
        {READY}
        C: MAIL FROM:<a@b.test> BODY=BINARYMIME
        S: 250 ...
        C: RCPT TO:<c@d.test>
        S: 250 ...
        C: DATA
        S: 503 5.5.1 ...
        """,
    )
    assert client.send(b"BDAT 3\r\n\r\n.") == b"250 2.0.0 3 octets received\r\n"
    play(
        client,
        """
        C: DATA
        S: 503 5.5.1 ...
        C: RCPT TO:<e@f.test>
        S: 503 5.5.1 ...
        C: MAIL FROM:<>
        S: 503 5.5.1 ...
        C: NOOP
        S: 250 ...
        """,
    )
    assert client.send(b"BDAT 5 LAST\r\n\r\n\n\0\xffQUIT\r\n").startswith(
        f"250 2.0.0 OK : queued as {BASE}\r\n221".encode()
    )
    assert server.body == b"\r\n.\r\n\n\0\xff"


def test_chunks_may_be_pipelined(server, client):
    play(client, READY)
    replies = client.send(
        b"MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n"
        b"BDAT 4\r\nabcdBDAT 4\r\nefghBDAT 0 LAST\r\nMAIL FROM:<>\r\n"
    )
    assert [line[:9] for line in replies.decode().splitlines()] == [
        "250 2.1.0",
        "250 2.1.5",
        "250 2.0.0",
        "250 2.0.0",
        "250 2.0.0",
        "250 2.1.0",
    ]
    assert server.body == b"abcdefgh"


def test_an_unwanted_chunk_is_no_command(server, client):
    play(
        client,
        f"""
        S: 220 ...
        C: BDAT 6
        C: NOOP
        S: 503 5.5.1 Send EHLO or HELO first
        C: HELO client.test
        S: 250 ...
        C: BDAT 6 LAST
        C: NOOP
        S: 503 5.5.1 Send MAIL first
        C: MAIL FROM:<a@b.test>
        S: 250 ...
        C: BDAT 6
        C: QUIT
        S: 553 5.5.4 The message has no recipient
        C: RCPT TO:<c@d.test>
        S: 250 ...
        C: BDAT 6 LAST
        C: abcd
        {QUEUED}
        """,
    )
    assert server.body == b"abcd\r\n"


def test_chunks_that_are_too_large(server, client):
    play(client, RCPT)
    assert client.send(b"BDAT 600\r\n" + b"x" * 600)[:3] == b"250"
    assert client.send(b"BDAT 401\r\n" + b"x" * 401)[:9] == b"552 5.3.4"
    assert client.send(b"BDAT 6 LAST\r\nQUIT\r\n")[:9] == b"503 5.5.1"
    play(client, "C: NOOP\nS: 250 ...")
    assert server.deliverer.deliveries == []


def test_reset_forgets_chunks(server, client):
    play(client, RCPT)
    client.send(b"BDAT 3\r\nabc")
    play(
        client,
        "C: RSET\nS: 250 ...\nC: MAIL FROM:<>\nS: 250 ...\nC: RCPT TO:<c@d.test>\nS: 250 ...",
    )
    client.send(b"BDAT 3 LAST\r\nxyz")
    assert server.body == b"xyz"


def test_a_chunk_of_unknown_size_is_the_end(client):
    play(
        client,
        f"{RCPT}\nC: BDAT many\nC: MAIL FROM:<evil@example.test>\nS: 501 5.5.4 ...\nS: (closed)",
    )


# Transactions


def test_one_transaction_at_a_time(client):
    play(client, f"{RCPT}\nC: MAIL FROM:<e@f.test>\nS: 503 5.5.1 ...\nC: DATA\nS: 354 ...")


@pytest.mark.parametrize("command", ["RSET", "HELO client.test", "EHLO client.test"])
def test_a_transaction_is_given_up(client, command):
    play(client, RCPT)
    assert client.send(f"{command}\r\n".encode()).startswith(b"250")
    play(client, "C: RCPT TO:<c@d.test>\nS: 503 5.5.1 Send MAIL first")


def test_nothing_is_delivered_of_half_a_message(server, client):
    play(client, f"{RCPT}\nC: DATA\nS: 354 ...\nC: half a message")
    client.close()
    assert server.deliverer.deliveries == []
    assert server.in_flight.used == 0


def test_a_message_whose_sender_has_gone_is_delivered(server, client, failures):
    server.deliverer.patient = True
    play(client, f"{RCPT}\nC: DATA\nS: 354 ...\nC: .")
    client.close()
    server.deliverer.deliveries[0].answer.callback(BASE)
    assert failures == []


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (errors.StoreUnavailable("The database is away."), "451 4.3.0 The database is away."),
        (errors.StoreFull("No room."), "452 4.3.1 No room."),
        (errors.OverQuota("You have too much."), "452 4.2.2 You have too much."),
        (errors.Refused("Not from there."), "554 5.7.1 Not from there."),
        (errors.MessageTooLarge("Too large."), "552 5.3.4 Too large."),
        (RuntimeError("secret"), "554 5.3.0 Internal error, the message is not stored"),
    ],
)
def test_a_message_that_cannot_be_delivered(server, client, error, reply, failures):
    server.deliverer.error = error
    play(
        client,
        f"""
        {RCPT}
        C: DATA
        S: 354 ...
        C: .
        S: {reply}
        C: DATA
        S: 503 5.5.1 Send MAIL first
        C: NOOP
        S: 250 ...
        """,
    )
    assert server.in_flight.used == 0
    assert failures == ([error] if isinstance(error, RuntimeError) else [])


def test_when_the_server_is_busy_the_client_must_go(server, client):
    server.deliverer.error = errors.Busy("Come back later.")
    play(
        client,
        f"{RCPT}\nC: DATA\nS: 354 ...\nC: .\nC: NOOP\nS: 421 4.3.2 Come back later.\nS: (closed)",
    )


# Patience


def test_too_many_errors(reactor):
    client = Server(reactor, errors=3).client()
    play(
        client,
        """
        S: 220 ...
        C: X
        C: X
        C: X
        C: X
        C: NOOP
        S: 500 ...
        S: 500 ...
        S: 500 ...
        S: 421 4.7.0 Too many errors, closing
        S: (closed)
        """,
    )


def test_too_many_commands(reactor):
    client = Server(reactor, commands=3).client()
    play(
        client,
        """
        S: 220 ...
        C: NOOP
        C: NOOP
        C: NOOP
        C: NOOP
        C: NOOP
        S: 250 ...
        S: 250 ...
        S: 250 ...
        S: 421 4.7.0 ...
        S: (closed)
        """,
    )


def test_who_sends_mail_may_go_on(reactor):
    client = Server(reactor, commands=7, errors=1).client()
    message = f"""
        C: MAIL FROM:<>
        S: 250 ...
        C: RCPT TO:<c@d.test>
        S: 250 ...
        C: X
        S: 500 ...
        C: DATA
        S: 354 ...
        C: .
        {QUEUED}
        """
    play(client, "S: 220 ...\nC: HELO client.test\nS: 250 ...\n" + message * 5)


def test_silence(reactor, client):
    play(client, RCPT)
    reactor.advance(300)
    play(client, "S: 421 4.4.2 Idle for too long, closing\nS: (closed)")


def test_goodbye(server, client):
    play(client, RCPT)
    server.registry.shut_down(10)
    play(client, "S: 421 4.3.2 Service shutting down, try again later\nS: (closed)")


def test_goodbye_behind_the_message(server, client):
    server.deliverer.patient = True
    play(client, f"{RCPT}\nC: DATA\nS: 354 ...\nC: half")
    server.registry.shut_down(10)
    play(client, "C: .")
    server.deliverer.deliveries[0].answer.callback(BASE)
    play(client, f"{QUEUED}\nS: 421 4.3.2 ...\nS: (closed)")
    assert server.body == b"half\r\n"


def test_at_the_end_a_message_is_refused(server, client):
    server.deliverer.patient = True
    play(client, f"{RCPT}\nC: DATA\nS: 354 ...\nC: .")
    busy = errors.Busy("Service shutting down, try again later")
    server.deliverer.deliveries[0].answer.errback(busy)
    play(client, "S: 421 4.3.2 Service shutting down, try again later\nS: (closed)")


def test_where_nobody_knows_there_is_no_answer(server, client):
    server.deliverer.patient = True
    play(client, f"{RCPT}\nC: DATA\nS: 354 ...\nC: .")
    server.deliverer.deliveries[0].answer.cancel()
    play(client, "S: (closed)")


def test_an_exception_in_the_session_costs_only_that(server, client, failures, monkeypatch):
    other = server.client()
    play(client, READY)
    with monkeypatch.context() as patch:
        patch.setattr("mailcap.smtp.session.Recipient", None)
        play(
            client,
            "C: MAIL FROM:<>\nC: RCPT TO:<c@d.test>\nC: NOOP\n"
            "S: 250 ...\nS: 421 4.3.0 Internal error, closing\nS: (closed)",
        )
    assert isinstance(failures[0], TypeError)
    play(other, READY)
