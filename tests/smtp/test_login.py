"""AUTH, STARTTLS and the three roles."""

import base64
from ipaddress import ip_network

import pytest

from connection.certificates import client_side, server_side
from mailcap.connection.peers import ProxyNetworks
from mailcap.domain import errors
from mailcap.domain.envelope import Submitter
from mailcap.smtp.login import MECHANISMS, Credentials, Login
from mailcap.smtp.replies import ASK_PASSWORD, ASK_PLAIN, ASK_USERNAME, BAD_LOGIN, CANCELLED
from smtp.stand_ins import BASE, IDENTITY, Server
from support.scripts import play


def encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


TIM = encode("\0tim\0tanstaaftanstaaf")
NAME, PASSWORD = encode("tim"), encode("tanstaaftanstaaf")
IN = "S: 235 2.7.0 Authentication succeeded"
BAD = "S: 535 5.7.8 ..."
HELO = "S: 220 ...\nC: HELO client.test\nS: 250 mail.test Hello\n"
SEND = f"""
    C: MAIL FROM:<a@b.test>
    S: 250 2.1.0 Accepted
    C: RCPT TO:<c@d.test>
    S: 250 2.1.5 Accepted
    C: DATA
    S: 354 ...
    C: .
    S: 250 2.0.0 OK : queued as {BASE}
"""


@pytest.fixture
def server(reactor):
    return Server(reactor, plaintext_auth="always", tls=server_side())


@pytest.fixture
def client(server):
    client = server.client()
    play(client, HELO)
    return client


def keywords(answer: bytes) -> set[str]:
    return {line[4:].split(" ")[0] for line in answer.decode().splitlines()[1:]}


# The dialogue


@pytest.mark.parametrize(
    "script",
    [
        f"C: AUTH PLAIN {TIM}\n{IN}",
        f"C: auth plain {TIM}\n{IN}",
        f"C: AUTH PLAIN {encode(chr(0).join(('tim', 'tim', 'tanstaaftanstaaf')))}\n{IN}",
        f"C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: {NAME}\nS: 334 UGFzc3dvcmQ6\nC: {PASSWORD}\n{IN}",
        f"C: AUTH LOGIN {NAME}\nS: 334 UGFzc3dvcmQ6\nC: {PASSWORD}\n{IN}",
        f"C: AUTH LOGIN\nC: {NAME}\nC: {PASSWORD}\nS: 334 ...\nS: 334 ...\n{IN}",
    ],
)
def test_who_knows_the_password_is_in(server, client, script):
    play(client, script)
    assert server.authenticator.asked == [("tim", "tanstaaftanstaaf", "192.0.2.1")]
    play(client, SEND)
    assert server.envelope.submitter == Submitter(
        account=IDENTITY.account, account_name=IDENTITY.account_name, capture_private=True
    )


def test_the_challenge_of_plain_is_empty(client):
    assert client.send(b"AUTH PLAIN\r\n") == b"334 \r\n"
    assert client.send(TIM.encode() + b"\r\n") == b"235 2.7.0 Authentication succeeded\r\n"


@pytest.mark.parametrize(
    "script",
    [
        f"C: AUTH PLAIN {encode(chr(0) + 'tim' + chr(0) + 'wrong')}\n{BAD}",
        f"C: AUTH PLAIN {encode('bob' + chr(0) + 'tim' + chr(0) + 'tanstaaftanstaaf')}\n{BAD}",
        f"C: AUTH LOGIN =\nS: 334 UGFzc3dvcmQ6\nC: =\n{BAD}",
        f"C: AUTH LOGIN\nS: 334 ...\nC:\nS: 334 ...\nC: {PASSWORD}\n{BAD}",
    ],
)
def test_who_does_not_is_not(client, script):
    play(client, script)
    play(client, f"C: AUTH PLAIN {TIM}\n{IN}")  # another try


def test_an_authorization_name_is_compared_without_case():
    message = encode("TIM\0tim\0x").encode()
    assert Login("PLAIN").begin(message) == Credentials("tim", "x")


@pytest.mark.parametrize(
    "script",
    [
        "C: AUTH PLAIN\nS: 334 ...\nC: *\nS: 501 5.7.0 Authentication cancelled",
        f"C: AUTH LOGIN {NAME}\nS: 334 ...\nC: *\nS: 501 5.7.0 Authentication cancelled",
        "C: AUTH PLAIN !\nS: 501 5.5.2 ...",
        "C: AUTH PLAIN =\nS: 501 5.5.2 ...",
        "C: AUTH PLAIN *\nS: 501 5.5.2 ...",
        f"C: AUTH PLAIN {NAME}\nS: 501 5.5.2 ...",
        f"C: AUTH PLAIN {TIM} more\nS: 501 5.5.2 ...",
        "C: AUTH PLAIN\nS: 334 ...\nC: !\nS: 501 5.5.2 ...",
        "C: AUTH LOGIN\nS: 334 ...\nC: /w==\nS: 501 5.5.2 ...",
        "C: AUTH LOGIN AA==\nS: 501 5.5.2 ...",
        "C: AUTH CRAM-MD5\nS: 504 5.5.4 ...",
        "C: AUTH\nS: 501 5.5.4 ...",
    ],
)
def test_a_dialogue_that_leads_nowhere(server, client, script):
    play(client, script)
    assert server.authenticator.asked == []
    play(client, "C: NOOP\nS: 250 ...")
    play(client, f"C: AUTH PLAIN {TIM}\n{IN}")


def test_a_long_response_is_refused_once(client):
    client.send(b"AUTH PLAIN\r\n")
    assert client.send(b"A" * 20_000) == b""
    assert client.send(b"\r\nNOOP\r\n") == (
        b"500 5.5.6 Authentication exchange line is too long\r\n250 2.0.0 OK\r\n"
    )


def test_a_long_password_is_none(server, client):
    password = "x" * 9000
    play(client, f"C: AUTH PLAIN {encode(f'{chr(0)}tim{chr(0)}{password}')}\n{BAD}")
    assert server.authenticator.asked[0][1] == password


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (errors.AuthenticationFailed("Wrong."), "535 5.7.8 Wrong."),
        (errors.TooManyFailures("Wait for 30 s.", 30), "454 4.7.0 Wait for 30 s."),
        (errors.StoreUnavailable("Away."), "451 4.3.0 Away."),
        (RuntimeError("secret"), "454 4.7.0 Temporary authentication failure"),
    ],
)
def test_why_a_login_may_fail(server, client, error, reply, failures):
    server.authenticator.error = error
    play(client, f"C: AUTH PLAIN {TIM}\nS: {reply}\nC: NOOP\nS: 250 ...")
    assert failures == ([error] if isinstance(error, RuntimeError) else [])


def test_guessing_ends(reactor):
    server = Server(reactor, plaintext_auth="always", errors=2)
    client = server.client()
    play(client, HELO)
    guess = f"C: AUTH LOGIN {NAME}\nS: 334 ...\nC: Z3Vlc3M=\n"
    play(client, f"{guess}\n{BAD}\n" * 2)
    play(client, f"{guess}\nS: 421 4.7.0 Too many errors, closing\nS: (closed)")


def test_once_is_enough(client):
    play(client, f"C: AUTH PLAIN {TIM}\n{IN}\nC: AUTH PLAIN {TIM}\nS: 503 5.5.1 ...")
    play(client, "C: EHLO again.test\nS: 250-mail.test Hello\n" + "S: 250...\n" * 12)
    play(client, f"C: AUTH PLAIN {TIM}\nS: 503 5.5.1 ...")


def test_not_before_the_name(server):
    play(server.client(), f"S: 220 ...\nC: AUTH PLAIN {TIM}\nS: 503 5.5.1 ...")


def test_not_within_a_transaction(client):
    play(client, f"C: MAIL FROM:<>\nS: 250 ...\nC: AUTH PLAIN {TIM}\nS: 503 5.5.1 ...")


def test_a_login_is_not_shown():
    assert "secret" not in repr(Credentials("tim", "secret"))


def test_a_dialogue_by_itself():
    assert set(MECHANISMS) == {"PLAIN", "LOGIN"}
    assert Login("PLAIN").begin(None) is ASK_PLAIN
    login = Login("LOGIN")
    assert login.begin(None) is ASK_USERNAME
    assert login.respond(NAME.encode()) is ASK_PASSWORD
    assert login.respond(b"*") is CANCELLED
    assert Login("PLAIN").begin(encode("a\0b\0c").encode()) is BAD_LOGIN


# Where a password may be said


@pytest.mark.parametrize(
    ("policy", "peer", "allowed"),
    [
        ("loopback", "127.0.0.1", True),
        ("loopback", "::1", True),
        ("loopback", "::ffff:127.0.0.1", True),
        ("loopback", "192.0.2.1", False),
        ("always", "192.0.2.1", True),
        ("never", "127.0.0.1", False),
    ],
)
def test_where_a_password_may_be_said_without_tls(reactor, policy, peer, allowed):
    client = Server(reactor, plaintext_auth=policy, tls=server_side()).client(peer=peer)
    client.read()
    assert ("AUTH" in keywords(client.send(b"EHLO client.test\r\n"))) is allowed
    play(client, f"C: AUTH PLAIN {TIM}\n{IN if allowed else 'S: 538 5.7.11 ...'}")


@pytest.mark.parametrize(("source", "allowed"), [("127.0.0.1", True), ("192.0.2.7", False)])
def test_the_loopback_is_the_one_behind_the_balancer(reactor, source, allowed):
    proxies = ProxyNetworks((ip_network("127.0.0.0/8"),))
    client = Server(reactor, proxies=proxies).client(peer="127.0.0.1")
    client.send(f"PROXY TCP4 {source} 192.0.2.25 56324 25\r\n".encode())
    assert ("AUTH" in keywords(client.send(b"EHLO client.test\r\n"))) is allowed


@pytest.mark.parametrize("policy", ["loopback", "always", "never"])
def test_with_tls_it_may_be_said_anywhere(reactor, policy):
    server = Server(reactor, plaintext_auth=policy, tls=server_side())
    client = server.client()
    play(client, f"{HELO}\nC: STARTTLS\nS: 220 2.0.0 Ready to start TLS\nTLS")
    offered = keywords(client.send(b"EHLO client.test\r\n"))
    assert "AUTH" in offered
    assert "STARTTLS" not in offered
    play(client, f"C: AUTH PLAIN {TIM}\n{IN}\n{SEND}")
    assert server.envelope.protocol == "ESMTPSA"
    assert server.envelope.connection.tls.startswith("TLSv1.3 TLS_")


# STARTTLS


def test_tls_begins_a_new_session(server, client):
    play(
        client,
        f"""
        C: AUTH PLAIN {TIM}
        {IN}
        C: STARTTLS
        S: 220 2.0.0 Ready to start TLS
        TLS
        C: MAIL FROM:<a@b.test>
        S: 503 5.5.1 Send EHLO or HELO first
        C: HELO other.test
        S: 250 mail.test Hello
        {SEND}
        C: STARTTLS
        S: 503 5.5.1 TLS is in use already
        """,
    )
    assert server.envelope.helo == "other.test"
    assert server.envelope.submitter is None
    assert server.envelope.protocol == "SMTP"


def test_where_nobody_knows_tls_ends_without_an_answer(reactor):
    server = Server(reactor, tls=server_side())
    client = server.client()
    server.deliverer.patient = True
    play(client, f"{HELO}\nC: STARTTLS\nS: 220 ...\nTLS")
    play(client, f"C: HELO client.test\nS: 250 ...\n{SEND.rpartition('S:')[0]}")
    server.deliverer.deliveries[0].answer.cancel()
    play(client, "S: (closed)")


def test_what_was_sent_before_tls_is_forgotten(server, client):
    play(
        client,
        f"""
        C: STARTTLS
        C: HELO evil.test
        C: MAIL FROM:<evil@example.test>
        C: RCPT TO:<c@d.test>
        S: 220 2.0.0 Ready to start TLS
        TLS
        C: RSET
        S: 250 2.0.0 OK
        C: HELO client.test
        S: 250 mail.test Hello
        {SEND}
        """,
    )
    assert server.envelope.helo == "client.test"
    assert server.envelope.mail_from == "a@b.test"


def test_half_a_line_before_tls_is_forgotten(client):
    assert client.send(b"STARTTLS\r\nMAIL FROM:<evil@exa").startswith(b"220 ")
    client.start_tls(client_side())
    play(client, "C: NOOP\nS: 250 2.0.0 OK")


def test_tls_is_not_for_the_middle_of_a_transaction(client):
    play(client, "C: MAIL FROM:<>\nS: 250 ...\nC: STARTTLS\nS: 503 5.5.1 ...")


def test_tls_is_offered_where_it_is_there(reactor, client):
    assert "STARTTLS" in keywords(client.send(b"EHLO client.test\r\n"))
    without = Server(reactor).client()
    play(without, HELO)
    assert "STARTTLS" not in keywords(without.send(b"EHLO client.test\r\n"))
    play(without, "C: STARTTLS\nS: 502 5.5.1 TLS is not available")


# Roles


@pytest.mark.parametrize(
    "command", ["MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "DATA", "VRFY c"]
)
def test_submission_needs_a_login(reactor, command):
    server = Server(reactor, role="submission", plaintext_auth="always", tls=server_side())
    client = server.client()
    play(client, HELO)
    play(client, f"C: {command}\nS: 530 5.7.0 ...")
    play(client, f"C: NOOP\nS: 250 ...\nC: AUTH PLAIN {TIM}\n{IN}\n{SEND}")
    assert server.envelope.submitter.account_name == "tim"


def test_submission_without_a_login_reads_no_chunk_as_commands(reactor):
    client = Server(reactor, role="submission").client()
    play(client, f"{HELO}\nC: BDAT 6 LAST\nC: QUIT\nS: 530 5.7.0 ...\nC: NOOP\nS: 250 ...")


def test_a_new_greeting_does_not_end_a_login(reactor):
    client = Server(reactor, role="submission", plaintext_auth="always").client()
    play(client, f"{HELO}\nC: AUTH PLAIN {TIM}\n{IN}\nC: HELO again\nS: 250 ...\n{SEND}")


def test_submission_without_tls_where_passwords_need_it(reactor):
    client = Server(reactor, role="submission", tls=server_side()).client()
    play(
        client,
        f"""
        {HELO}
        C: MAIL FROM:<a@b.test>
        S: 530 5.7.0 Authentication required; where EHLO offers no AUTH, send STARTTLS first
        C: AUTH PLAIN {TIM}
        S: 538 5.7.11 ...
        C: STARTTLS
        S: 220 ...
        TLS
        C: HELO client.test
        S: 250 ...
        C: MAIL FROM:<a@b.test>
        S: 530 5.7.0 ...
        C: AUTH PLAIN {TIM}
        {IN}
        {SEND}
        """,
    )


def test_submissions(reactor):
    server = Server(reactor, role="submissions", tls=server_side())
    client = server.client()
    assert client.read() == b""
    client.start_tls(client_side())
    assert client.read() == b"220 mail.test ESMTP mailcap\r\n"
    offered = keywords(client.send(b"EHLO client.test\r\n"))
    assert "AUTH" in offered
    assert "STARTTLS" not in offered
    play(
        client,
        f"""
        C: STARTTLS
        S: 503 5.5.1 TLS is in use already
        C: MAIL FROM:<a@b.test>
        S: 530 5.7.0 ...
        C: AUTH PLAIN {TIM}
        {IN}
        {SEND}
        C: QUIT
        S: 221 2.0.0 Bye
        S: (closed)
        """,
    )
    assert server.envelope.protocol == "ESMTPSA"


def test_submissions_behind_a_balancer(reactor):
    proxies = ProxyNetworks((ip_network("198.51.100.0/24"),))
    server = Server(reactor, role="submissions", tls=server_side(), proxies=proxies)
    client = server.client(peer="198.51.100.1")
    client.send(b"PROXY TCP4 192.0.2.7 192.0.2.25 56324 465\r\n")
    client.start_tls(client_side())
    play(client, f"{HELO}\nC: AUTH PLAIN {TIM}\n{IN}\n{SEND}")
    assert server.envelope.connection.peer == "192.0.2.7"
    assert server.authenticator.asked[0][2] == "192.0.2.7"


@pytest.mark.parametrize(
    ("commands", "protocol"),
    [
        ("HELO; MAIL", "SMTP"),
        ("EHLO; MAIL", "ESMTP"),
        ("EHLO; AUTH; MAIL", "ESMTPA"),
        ("STARTTLS; EHLO; MAIL", "ESMTPS"),
        ("STARTTLS; EHLO; AUTH; MAIL", "ESMTPSA"),
        ("EHLO; MAIL SMTPUTF8", "UTF8SMTP"),
        ("EHLO; AUTH; MAIL SMTPUTF8", "UTF8SMTPA"),
        ("STARTTLS; EHLO; MAIL SMTPUTF8", "UTF8SMTPS"),
        ("STARTTLS; EHLO; AUTH; MAIL SMTPUTF8", "UTF8SMTPSA"),
    ],
)
def test_the_protocol_by_name(server, commands, protocol):
    client = server.client()
    client.read()
    lines = {
        "HELO": "HELO client.test",
        "EHLO": "EHLO client.test",
        "AUTH": f"AUTH PLAIN {TIM}",
        "MAIL": "MAIL FROM:<>",
        "MAIL SMTPUTF8": "MAIL FROM:<> SMTPUTF8",
        "STARTTLS": "STARTTLS",
    }
    for command in commands.split("; "):
        client.send(f"{lines[command]}\r\n".encode())
        if command == "STARTTLS":
            client.start_tls(client_side())
    client.send(b"RCPT TO:<c@d.test>\r\nDATA\r\n.\r\n")
    assert server.envelope.protocol == protocol
