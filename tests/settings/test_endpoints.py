"""Endpoint descriptions: understood without opening anything."""

import re
import socket
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.settings.endpoints import check_endpoint


@pytest.mark.parametrize(
    "description",
    [
        "tcp:2525",
        "tcp:0:interface=127.0.0.1",
        "tcp:port=25:interface=0.0.0.0:backlog=100",
        "tcp:65535",
        r"tcp6:25:interface=\:\:1",
        "unix:/run/mailcap/smtp.sock",
        "unix:address=/run/smtp.sock:mode=660",
        "systemd:domain=INET:name=smtp",
        "systemd:index=0:domain=UNIX",
    ],
)
def test_endpoints(description):
    check_endpoint(description)


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ("", "no Twisted endpoint"),
        ("2525", "no Twisted endpoint"),
        ("127.0.0.1:2525", "no Twisted endpoint"),
        ("telepathy:25", "Unknown endpoint type: 'telepathy'"),
        ("tcp", "missing 1 required positional argument: 'port'"),
        ("tcp:smtp", "no Twisted endpoint"),
        ("tcp:25:interfaces=127.0.0.1", "'interfaces'"),
        ("tcp:65536", "65536 is no port"),
        ("tcp:interface=127.0.0.1:port=99999", "99999 is no port"),
        ("tcp6:70000", "70000 is no port"),
        ("tcp:-1", "-1 is no port"),
        ("unix:run/smtp.sock", "the path is not absolute"),
        ("unix:/run/smtp.sock:mode=rw", "no Twisted endpoint"),
        ("systemd:domain=INET", "needs domain="),
        ("systemd:domain=INET:name=a:index=0", "needs domain="),
        ("systemd:domain=INET:domain=INET", "needs domain="),
        ("systemd:name=a:index=1", "needs domain="),
        ("ssl:465", "listen.submissions"),
        ("tls:tcp:465", "listen.submissions"),
        ("haproxy:tcp:25", "proxy.networks"),
        ("stdio:", "more than one client"),
    ],
)
def test_what_is_no_endpoint_is_refused_with_a_reason(description, reason):
    with pytest.raises(ValueError, match=re.escape(reason)) as caught:
        check_endpoint(description)
    assert "\n" not in str(caught.value)


def test_nothing_is_opened():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        check_endpoint(f"tcp:{taken.getsockname()[1]}:interface=127.0.0.1")


@given(st.text(max_size=40) | st.text(alphabet=r"tcpunix:=/\0123456789", max_size=20))
def test_any_text_is_an_endpoint_or_a_value_error(description):
    with suppress(ValueError):
        check_endpoint(description)
