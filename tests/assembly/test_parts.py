"""What is set reaches the part that it is meant for."""

import poplib
import smtplib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from support.rest import Api


@contextmanager
def client(server) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(*server.access.submission.address, timeout=60) as connection:
        connection.ehlo("client.example")
        yield connection


def failures(server, times: int, name: str = "admin") -> list[int]:
    """Return the codes of the answers to so many wrong passwords."""
    attempt = b64encode(f"\0{name}\0wrong".encode()).decode()
    with client(server) as connection:
        return [connection.docmd("AUTH PLAIN", attempt)[0] for _ in range(times)]


STRICT = {"authentication.longest_delay": 0, "authentication.trusted_networks": ""}


def test_failed_logins_are_counted_as_it_is_set(daemon):
    limits = {"authentication.failures_per_name": 2, "authentication.failures_per_network": 4}
    server = daemon(settings=STRICT | limits)
    assert failures(server, 3) == [535, 535, 454]
    assert failures(server, 3, "somebody") == [535, 535, 454]
    assert failures(server, 1, "else") == [454]
    with client(server) as connection:  # a key opens all the same
        assert connection.login("admin", server.access.api_key)[0] == 235


def test_this_machine_is_trusted_out_of_the_box(daemon):
    server = daemon(
        settings={"authentication.longest_delay": 0, "authentication.failures_per_name": 1}
    )
    assert failures(server, 5) == [535] * 5


def test_the_largest_message_is_the_one_that_is_set(daemon):
    server = daemon(settings={"limits.message_size": "2 KiB", "limits.bytes_in_flight": "1 MiB"})
    with client(server) as connection:
        assert connection.esmtp_features["size"] == "2048"


def test_a_key_finds_its_own_account(daemon):
    server = daemon()
    server.command("account", "add", "bob", "--capture-private")
    server.access.api_key = server.command("key", "add", "ci", "--account", "bob").strip()
    me = Api(server.access).request("GET", "/me").json
    assert (me["_id"], me["email"], me["capturePrivate"]) == ("bob", "bob@home.mailcap", True)
    server.command("account", "set", "bob", "--no-capture-private")
    me = Api(server.access).request("GET", "/me").json
    assert me["capturePrivate"] is False


def test_silence_over_pop3_is_as_long_as_it_is_set(daemon):
    server = daemon(settings={"limits.pop3_idle": 1, "retention.public_age": "4d"})
    client = poplib.POP3(*server.access.pop3.address, timeout=60)
    assert client.capa()["EXPIRE"] == ["4", "USER"]
    client.user("admin")
    client.pass_(server.access.pop3.password)
    with pytest.raises(poplib.error_proto, match="Idle for too long"):
        client._getresp()
    client.close()
