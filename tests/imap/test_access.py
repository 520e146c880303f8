"""The beginning and the end of a session, and logging in (RFC 9051 sections 6.1 and 6.2)."""

import base64
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connection.certificates import server_side
from connection.wires import Client, Reactor
from imap.stand_ins import Server
from mailcap.domain import errors
from mailcap.imap import replies
from mailcap.imap.wire import reader
from support.scripts import play

GREETING = "S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE SASL-IR ...\n"
IN = "S: a OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE UNAUTHENTICATE IDLE ..."
PLAIN = base64.b64encode(b"\0tim\0tanstaaftanstaaf").decode()
NAME, PASSWORD = (base64.b64encode(one).decode() for one in (b"tim", b"tanstaaftanstaaf"))
ASKED = f"S: + VXNlcm5hbWU6\nC: {NAME}\nS: + UGFzc3dvcmQ6\nC: {PASSWORD}"
LOGIN = "C: a LOGIN tim tanstaaftanstaaf"


@pytest.fixture
def server(reactor: Reactor) -> Server:
    return Server(reactor, tls=server_side())


@pytest.fixture
def client(server: Server) -> Client:
    client = server.client()
    play(client, GREETING)
    return client


@pytest.mark.parametrize(
    "script",
    [
        f"{LOGIN}\n{IN}",
        f'C: a login "tim" "tanstaaftanstaaf"\n{IN}',
        f"C: a LOGIN {{3}}\nS: + OK\nC: tim {{16+}}\nC: tanstaaftanstaaf\n{IN}",
        f"C: a AUTHENTICATE PLAIN {PLAIN}\n{IN}",
        f"C: a AUTHENTICATE PLAIN\nS: + ...\nC: {PLAIN}\n{IN}",
        f"C: a AUTHENTICATE LOGIN\n{ASKED}\n{IN}",
    ],
)
def test_who_knows_the_password_is_in(server: Server, client: Client, script: str) -> None:
    play(client, script)
    assert server.authenticator.asked == [("tim", "tanstaaftanstaaf", "192.0.2.1")]
    play(client, "C: b LOGIN x y\nS: b BAD LOGIN makes no sense now")


@pytest.mark.parametrize(
    ("script", "asked"),
    [
        ("C: a LOGIN tim wrong\nS: a NO [AUTHENTICATIONFAILED] ...", 1),
        ("C: a AUTHENTICATE PLAIN AHRpbQB4\nS: a NO [AUTHENTICATIONFAILED] ...", 1),
        ("C: a AUTHENTICATE PLAIN ZXZlAHRpbQB4\nS: a NO [AUTHENTICATIONFAILED] ...", 0),
        ("C: a AUTHENTICATE PLAIN\nS: + ...\nC: *\nS: a BAD AUTHENTICATE cancelled", 0),
        ("C: a AUTHENTICATE PLAIN !\nS: a BAD Malformed response: not base64", 0),
        ("C: a AUTHENTICATE CRAM-MD5\nS: a NO [CANNOT] Unknown mechanism", 0),
    ],
)
def test_who_does_not_is_out(server: Server, client: Client, script: str, asked: int) -> None:
    play(client, script)
    assert len(server.authenticator.asked) == asked
    play(client, "C: b ENABLE CONDSTORE\nS: b BAD ENABLE makes no sense now")


def test_passwords_are_for_tls_where_the_setting_says_so(reactor: Reactor) -> None:
    client = Server(reactor, plaintext_auth="loopback", tls=server_side()).client()
    play(
        client,
        """
        S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE SASL-IR ... LOGINDISABLED] ...
        C: a LOGIN tim tanstaaftanstaaf
        S: a NO [PRIVACYREQUIRED] ...
        C: a AUTHENTICATE PLAIN
        S: a NO [PRIVACYREQUIRED] ...
        """,
    )


def test_starttls_and_what_came_behind_it(server: Server, client: Client) -> None:
    play(
        client,
        f"""
        C: a STARTTLS
        C: b LOGIN eve evil
        S: a OK Begin TLS now
        TLS
        C: a CAPABILITY
        S: * CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE SASL-IR AUTH=PLAIN AUTH=LOGIN
        S: a OK CAPABILITY completed
        C: b STARTTLS
        S: b BAD ...
        {LOGIN}
        {IN}
        """,
    )
    assert server.authenticator.asked == [("tim", "tanstaaftanstaaf", "192.0.2.1")]


def test_the_end(client: Client) -> None:
    play(client, "C: a LOGOUT\nS: * BYE ...\nS: a OK LOGOUT completed\nS: (closed)")


def test_id_and_noop(client: Client) -> None:
    play(client, 'C: a ID NIL\nS: * ID ("name" "mailcap")\nS: a OK ...\nC: b NOOP\nS: b OK ...')


def test_enable_names_what_was_not_enabled_before(client: Client) -> None:
    play(
        client,
        f"""
        {LOGIN}
        {IN}
        C: a ENABLE CONDSTORE X-FOO UTF8=ACCEPT
        S: * ENABLED CONDSTORE UTF8=ACCEPT
        S: a OK ENABLE completed
        C: a ENABLE condstore
        S: * ENABLED
        S: a OK ENABLE completed
        C: a UNAUTHENTICATE
        S: a OK UNAUTHENTICATE completed
        C: a ENABLE CONDSTORE
        S: a BAD ENABLE makes no sense now
        """,
    )


def test_nobody_stores_anything_before_login(client: Client) -> None:
    play(client, "C: a APPEND INBOX {5}\nS: a NO [TOOBIG] ...\nC: b NOOP\nS: b OK ...")
    play(client, "C: a APPEND INBOX {5+}\nC: hello\nS: * BYE [TOOBIG] ...\nS: (closed)")


def test_behind_login_a_message_may_come(client: Client) -> None:
    play(client, f"{LOGIN}\n{IN}\nC: a APPEND INBOX {{5}}\nS: + OK")


def test_what_is_too_long_ends_the_session(client: Client) -> None:
    play(client, f"C: a LOGIN {'x' * 9000}\nS: * BYE [TOOBIG] ...\nS: (closed)")


def test_mistakes_are_told_and_counted(reactor: Reactor) -> None:
    client = Server(reactor, errors=2).client()
    play(
        client,
        """
        S: * OK ...
        C: a XYZZY
        S: a BAD there is no such command
        C: b SEARCH CHARSET KOI8-R ALL
        S: b NO [BADCHARSET (US-ASCII UTF-8)] ...
        C: \\xff
        S: * BAD a tag is missing
        C: c NOOP
        S: c OK NOOP completed
        C: d X
        C: d X
        C: d X
        S: d BAD ...
        S: d BAD ...
        S: * BYE [LIMIT] Too many errors
        S: (closed)
        """,
    )


def test_who_does_not_log_in_is_not_waited_for(reactor: Reactor, client: Client) -> None:
    reactor.advance(61)
    play(client, "S: * BYE Idle for too long")


def test_who_is_in_may_think_for_half_an_hour(reactor: Reactor, client: Client) -> None:
    play(client, f"{LOGIN}\n{IN}")
    reactor.advance(1700)
    play(client, "C: a NOOP\nS: a OK ...")
    reactor.advance(1801)
    play(client, "S: * BYE Idle for too long")


def test_a_polite_end(server: Server, client: Client) -> None:
    server.registry.shut_down(5)
    play(client, "S: * BYE [UNAVAILABLE] ...")


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (errors.TooManyFailures("Wait.", 5), "a NO [LIMIT] Wait."),
        (errors.StoreUnavailable("Not now."), "a NO [UNAVAILABLE] Not now."),
    ],
)
def test_what_else_may_happen_at_login(
    server: Server, client: Client, error: Exception, answer: str
) -> None:
    server.authenticator.error = error
    play(client, f"{LOGIN}\nS: {answer}")


def test_an_internal_error_costs_the_session_only(server: Server, client: Client, failures) -> None:
    server.authenticator.error = ZeroDivisionError("mine")
    play(client, f"{LOGIN}\nS: * BYE [SERVERBUG] Internal error")
    assert failures


def kinds(parent: type) -> set[type]:
    return {parent} | {kind for child in parent.__subclasses__() for kind in kinds(child)}


def test_every_failure_of_the_domain_has_a_reply() -> None:
    assert replies.FAILURES.keys() == kinds(errors.Failure) - {
        kind for kind in kinds(errors.Failure) if not kind.__module__.startswith("mailcap.domain")
    }


def test_a_failure_nobody_has_listed_is_said_as_its_kind() -> None:
    class Special(errors.NotFound):
        pass

    assert (
        replies.refusal("a", Special("Gone\r\nfor ever")) == b"a NO [NONEXISTENT] Gone for ever\r\n"
    )


def test_every_event_of_the_reader_is_known() -> None:
    assert {kind.__name__ for kind in get_args(reader.Event)} == {
        "Command", "Done", "Dropped", "LineTooLong", "LiteralAnnounced", "Malformed",
        "Response", "TooBig",
    }  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                b"a ",
                b"NOOP",
                b"LOGIN x ",
                b"{3}",
                b"{3+}",
                b"\r\n",
                b"AUTHENTICATE PLAIN",
                b"LOGOUT",
            ]
        )
        | st.binary(max_size=4)
    )
)
def test_any_octets_are_answered(reactor: Reactor, pieces: list[bytes]) -> None:
    client = Server(reactor).client()
    heard = b"".join([client.read(), *map(client.send, pieces)])
    assert all(line[:2] in (b"* ", b"a ", b"+ ") or line for line in heard.split(b"\r\n")[:-1])
    assert b"SERVERBUG" not in heard
    client.close()
