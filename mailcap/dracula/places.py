"""Where servers are: ``IP:PORT``."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import NamedTuple

_MOST_PORT = 65535


class Place(NamedTuple):
    """A literal address and a port; as text it is what `parse_place` reads."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_place(text: str) -> Place:
    """Return what *text* (``127.0.0.1:3509``, ``[::1]:3509``) means.  Raises `ValueError`.

    No names: a datagram must not wait for DNS.
    """
    host, _, port = text.strip().rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        host = ""
    try:
        address = str(ip_address(host))
    except ValueError:
        raise ValueError(
            f"{text!r} is no literal address and port such as 127.0.0.1:3509"
        ) from None
    return Place(address, parse_port(port))


def parse_places(text: str) -> tuple[Place, ...]:
    """Return the places in a list with commas, each once.  Raises `ValueError`."""
    places: Iterable[Place] = (parse_place(each) for each in text.split(",") if each.strip())
    return tuple(dict.fromkeys(places))


def parse_port(text: str) -> int:
    """Return a port; 0 lets the system choose.  Raises `ValueError`."""
    if not (text.isascii() and text.isdigit()) or int(text[:6]) > _MOST_PORT:
        raise ValueError(f"{text!r} is no port: they go from 0 to {_MOST_PORT}")
    return int(text)
