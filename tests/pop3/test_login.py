"""The beginning and the end of a session, and logging in."""

import base64

import pytest

from connection.certificates import server_side
from connection.wires import Client
from mailcap.domain import errors
from mailcap.pop3.settings import POP3Settings
from pop3.house import INBOX, PASSWORD, PUBLIC, House, said
from support.scripts import play

IN = "S: +OK 0 messages (0 octets)"
PLAIN = base64.b64encode(f"\0tim\0{PASSWORD}".encode()).decode()
NAME, SECRET = (base64.b64encode(one.encode()).decode() for one in ("tim", PASSWORD))
ASKED = f"S: + UGFzc3dvcmQ6\nC: {SECRET}"
CAPA = """
    C: CAPA
    S: +OK Capabilities follow
    S: TOP
    S: UIDL
    S: PIPELINING
    S: RESP-CODES
    S: AUTH-RESP-CODE
    """


@pytest.fixture
def client(house: House) -> Client:
    house.configure(tls=server_side())
    return house.stranger()


@pytest.mark.parametrize(
    "script",
    [
        f"C: USER tim\nS: +OK Send PASS\nC: PASS {PASSWORD}\n{IN}",
        f"C: user tim\nC: pass {PASSWORD}\nS: +OK Send PASS\n{IN}",
        f"C: USER eve\nC: USER tim\nC: PASS {PASSWORD}\nS: +OK ...\nS: +OK ...\n{IN}",
        f"C: AUTH PLAIN {PLAIN}\n{IN}",
        f"C: AUTH PLAIN\nS: +...\nC: {PLAIN}\n{IN}",
        f"C: auth login\nS: + VXNlcm5hbWU6\nC: {NAME}\n{ASKED}\n{IN}",
        f"C: AUTH LOGIN {NAME}\n{ASKED}\n{IN}",
    ],
)
def test_who_knows_the_password_is_in(house: House, client: Client, script: str) -> None:
    play(client, script)
    assert house.authenticator.asked == [("tim", PASSWORD, "192.0.2.1")]
    play(client, "C: STAT\nS: +OK 0 0")


@pytest.mark.parametrize(
    ("script", "asked"),
    [
        ("C: USER tim\nS: +OK ...\nC: PASS wrong\nS: -ERR [AUTH] Name and password ...", 1),
        ("C: USER nobody\nS: +OK ...\nC: PASS x\nS: -ERR [AUTH] Name and password ...", 1),
        ("C: PASS x\nS: -ERR Send USER first", 0),
        ("C: AUTH PLAIN AHRpbQB4\nS: -ERR [AUTH] ...", 1),
        ("C: AUTH PLAIN ZXZlAHRpbQB4\nS: -ERR [AUTH] Nobody may act for another.", 0),
        ("C: AUTH PLAIN\nS: +...\nC: *\nS: -ERR Authentication cancelled", 0),
        ("C: AUTH PLAIN =\nS: -ERR Malformed response: ...", 0),
        ("C: AUTH PLAIN !\nS: -ERR Malformed response: not base64", 0),
        (f"C: AUTH PLAIN\nS: +...\nC: {'x' * 12_300}\nS: -ERR Line too long", 0),
        ("C: AUTH CRAM-MD5\nS: -ERR Unknown mechanism", 0),
    ],
)
def test_who_does_not_is_out(house: House, client: Client, script: str, asked: int) -> None:
    play(client, script)
    assert len(house.authenticator.asked) == asked
    play(client, "C: STAT\nS: -ERR STAT makes no sense now\nC: PASS x\nS: -ERR Send USER first")


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (errors.TooManyFailures("Later.", 30), b"-ERR [SYS/TEMP] Later.\r\n"),
        (errors.StoreUnavailable("Not now."), b"-ERR [SYS/TEMP] Not now.\r\n"),
        (errors.StoreFull("Full."), b"-ERR [SYS/PERM] Full.\r\n"),
        (errors.Busy("Stopping."), b"-ERR [SYS/TEMP] Stopping.\r\n"),
        (ZeroDivisionError(), b"-ERR [SYS/PERM] Internal error\r\n"),
    ],
)
def test_a_login_that_fails_for_other_reasons(
    house: House, client: Client, failures: list, error: Exception, answer: bytes
) -> None:
    house.authenticator.error = error
    said(client, "USER tim")
    assert said(client, f"PASS {PASSWORD}") == answer
    house.authenticator.error = None
    play(client, f"C: AUTH PLAIN {PLAIN}\n{IN}")
    assert failures == ([error] if isinstance(error, ZeroDivisionError) else [])


def test_who_may_not_read_an_inbox(house: House) -> None:
    house.knows("ann", INBOX)
    client = house.stranger()
    said(client, f"USER {INBOX}")
    answer = said(client, f"PASS {PASSWORD}")
    assert answer == b"-ERR [AUTH] tim@example.com is owned by another account.\r\n"


def test_passwords_are_for_tls_where_the_setting_says_so(house: House) -> None:
    house.configure(plaintext_auth="loopback", tls=server_side())
    client = house.stranger()
    play(
        client,
        f"""
        C: USER tim
        S: -ERR Encrypt first: send STLS
        C: AUTH PLAIN
        S: -ERR Encrypt first: send STLS
        C: AUTH
        S: +OK Mechanisms follow
        S: .
        {CAPA}
        S: STLS
        S: UTF8 USER
        S: LANG
        S: EXPIRE 30 USER
        S: IMPLEMENTATION mailcap
        S: .
        """,
    )
    assert said(house.stranger(peer="127.0.0.1"), "USER tim") == b"+OK Send PASS\r\n"
    house.configure(plaintext_auth="never")
    assert said(house.stranger(peer="::1"), "USER tim").startswith(b"-ERR Encrypt")


def test_what_there_is_before_and_behind_a_login(client: Client) -> None:
    play(
        client,
        f"""
        C: AUTH
        S: +OK Mechanisms follow
        S: PLAIN
        S: LOGIN
        S: .
        {CAPA}
        S: USER
        S: SASL PLAIN LOGIN
        S: STLS
        S: UTF8 USER
        S: LANG
        S: EXPIRE 30 USER
        S: IMPLEMENTATION mailcap
        S: .
        C: AUTH PLAIN {PLAIN}
        {IN}
        {CAPA}
        S: USER
        S: SASL PLAIN LOGIN
        S: UTF8 USER
        S: LANG
        S: EXPIRE 30
        S: IMPLEMENTATION mailcap
        S: .
        """,
    )


@pytest.mark.parametrize(
    ("login", "days", "line"),
    [
        (INBOX, 30, "EXPIRE NEVER"),
        (PUBLIC, 30, "EXPIRE 30"),
        (PUBLIC, 0, "EXPIRE NEVER"),
        ("tim", 4, "EXPIRE 4"),
        ("tim", 0.5, "LANG\r\nIMPLEMENTATION mailcap"),
    ],
)
def test_how_long_mail_is_kept(house: House, login: str, days: float, line: str) -> None:
    house.configure(public_age=days * 86400)
    assert f"\r\n{line}\r\n" in said(house.client(login), "CAPA").decode()


def test_languages_and_utf8(client: Client) -> None:
    play(
        client,
        """
        C: LANG
        S: +OK Languages follow
        S: en English
        S: i-default English, the default
        S: .
        C: LANG EN
        S: +OK en English
        C: LANG *
        S: +OK en English
        C: LANG i-default
        S: +OK i-default English, the default
        C: LANG de
        S: -ERR There is no such language here
        C: UTF8
        S: +OK UTF8 enabled
        C: USER grüße@example.com
        S: +OK Send PASS
        """,
    )


def test_stls_and_what_came_behind_it(house: House, client: Client) -> None:
    play(
        client,
        f"""
        C: USER tim
        S: +OK Send PASS
        C: STLS
        C: PASS injected
        S: +OK Begin TLS now
        TLS
        C: PASS {PASSWORD}
        S: -ERR Send USER first
        C: STLS
        S: -ERR TLS is in use already, or not available
        {CAPA}
        S: USER
        S: SASL PLAIN LOGIN
        S: UTF8 USER
        S: LANG
        S: EXPIRE 30 USER
        S: IMPLEMENTATION mailcap
        S: .
        C: AUTH PLAIN {PLAIN}
        {IN}
        """,
    )
    assert len(house.authenticator.asked) == 1


def test_tls_first_needs_a_certificate() -> None:
    with pytest.raises(ValueError, match="pop3s needs TLS"):
        POP3Settings(host_name="mail.test", role="pop3s")


def test_one_session_of_an_account_at_a_time(house: House) -> None:
    first = house.client(INBOX)
    house.client("tim")
    house.client(PUBLIC)
    house.knows("ann", PUBLIC)
    house.client(PUBLIC)  # nobody locks others out
    second = house.stranger()
    said(second, f"USER {INBOX}")
    in_use = b"-ERR [IN-USE] Another session of this account has the maildrop open\r\n"
    assert said(second, f"PASS {PASSWORD}") == in_use
    said(first, "QUIT")
    play(second, f"C: USER {INBOX}\nS: +OK ...\nC: PASS {PASSWORD}\n{IN}")
    second.close()
    house.client(INBOX)


def test_who_hangs_up_during_the_login_locks_nothing(house: House) -> None:
    for end in (f"USER {INBOX}\r\nPASS {PASSWORD}\r\n", f"USER {INBOX}\r\nPASS {PASSWORD}\r\nLI"):
        client = house.stranger()
        client.socket.send(end.encode())
        client.close()
    house.client(INBOX).close()
    assert not house.store.locks._held
    assert not house.hub.watched()


def test_too_many_mistakes_are_the_last(house: House) -> None:
    house.configure(errors=3)
    client = house.client()
    for _ in range(2):
        for mistake in ("XTND", "RETR 9", "USER x"):
            assert said(client, mistake).startswith(b"-ERR")
        assert said(client, "NOOP") == b"+OK Done\r\n"
    last = "S: -ERR Too many errors\nS: (closed)"
    play(client, "C: X\n" * 4 + "C: NOOP\n" + "S: -ERR there ...\n" * 3 + last)
