"""Checking endpoint descriptions without opening anything."""

from __future__ import annotations

import re

_MOST_PORT = 65535
_EXAMPLE = "no Twisted endpoint such as tcp:2525:interface=127.0.0.1"
_PORT = re.compile(r"(?:tcp6?:|.*:port=)(?:port=)?(-?[0-9]+)(?::.*)?")
_UNIX = re.compile(r"unix:(?:address=)?/.+")
_DOMAIN, _SOCKET = r":domain=(?:INET6?|UNIX)", r":(?:index=[0-9]+|name=[^:=]+)"
_SYSTEMD = re.compile(f"systemd(?:{_DOMAIN}{_SOCKET}|{_SOCKET}{_DOMAIN})")
_REFUSED = {
    "ssl": "TLS is the listener's own affair: use listen.submissions or listen.imaps",
    "tls": "TLS is the listener's own affair: use listen.submissions or listen.imaps",
    "haproxy": "it would trust anybody's PROXY header: use proxy.networks",
    "stdio": "mailcap has more than one client",
}


def check_endpoint(description: str) -> None:
    """Raise `ValueError` if *description* is nothing that mailcap could listen on.

    Whether the port is free, or the socket was handed over, only shows at the start.
    """
    scheme = description.partition(":")[0]
    if scheme in _REFUSED:
        raise ValueError(_REFUSED[scheme])
    if scheme == "systemd":  # to make one would look for the socket itself
        if not _SYSTEMD.fullmatch(description):
            raise ValueError("needs domain=INET, INET6 or UNIX, and either index= or name=")
        return
    _make(description)
    if scheme == "unix" and not _UNIX.fullmatch(description):
        raise ValueError("the path is not absolute")
    if (port := _PORT.fullmatch(description)) and not 0 <= int(port[1]) <= _MOST_PORT:
        raise ValueError(f"{port[1]} is no port: they go from 0 to {_MOST_PORT}")


def _make(description: str) -> None:
    from twisted.internet.endpoints import serverFromString

    try:
        serverFromString(None, description)
    except ValueError as error:
        raise ValueError(f"{_EXAMPLE} ({error})") from None
    except Exception as error:  # noqa: BLE001  plugins may raise anything
        # Twisted's text names its own function first.
        detail = str(error).partition("() ")[2] or str(error)
        raise ValueError(f"{_EXAMPLE} ({detail})") from None
