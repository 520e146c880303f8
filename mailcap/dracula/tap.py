"""The ``dracula`` command of twistd: its options, and the service it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from twisted.application.service import IService
from twisted.python import usage

from mailcap.domain.errors import ConfigurationError
from mailcap.dracula.places import parse_place, parse_places, parse_port
from mailcap.dracula.secret_source import find_secret
from mailcap.dracula.settings import DraculaSettings
from mailcap.dracula.store import SHORTEST_TTL
from mailcap.twistd import PoliteOptions, lines, say_why_a_start_failed

_LONGEST_TTL = 366 * 86400
_MIB = 2**20
_MOST_MEMORY = 2**20  # MiB


class Options(PoliteOptions):
    """What is found wrong ends the program with a line for each mistake."""

    synopsis = "[--udp PORT] [--tcp PORT] [--http HOST:PORT] [--interface ADDR] [options]"
    longdesc = "The secret comes from DRACULA_SECRET, or a file (--secret-file)."
    optParameters = [  # noqa: N815, RUF012
        ["udp", None, "3509", "Port for UDP"],
        ["tcp", None, "3509", "Port for TCP"],
        ["http", None, "127.0.0.1:3510", "HOST:PORT for REST; empty: none"],
        ["interface", None, "127.0.0.1", "Address for UDP and TCP"],
        ["ttl", None, "60", "Seconds for which a put counts"],
        ["peers", None, "", "IP:PORT,... of all servers that count together, by UDP"],
        ["self", None, "", "IP:PORT of this one in that list"],
        ["prom", None, "", "HOST:PORT for metrics (/metrics)"],
        ["secret-file", None, None, "File with the secret [default: $DRACULA_SECRET]"],
        ["memory", None, "256", "MiB that counts may take, about"],
    ]
    optFlags = [  # noqa: N815, RUF012
        ["xxh64", None, "Sign packets with xxh64: for mailcap's own programs only"],
    ]

    def opt_secret(self, _secret: str) -> None:
        """Refused: others see arguments. DRACULA_SECRET or --secret-file has it."""
        raise usage.UsageError(
            "--secret: others see arguments; use DRACULA_SECRET or --secret-file"
        )

    def postOptions(self) -> None:  # noqa: N802
        """Check everything now, and report all mistakes at once."""
        problems: list[str] = []

        def read(name: str, parse: Callable[[str], Any]) -> Any:
            try:
                return parse(self[name])
            except ValueError as error:
                problems.append(f"--{name}: {error}")

        values = {
            "udp": read("udp", parse_port),
            "tcp": read("tcp", parse_port),
            "interface": read("interface", lambda text: str(ip_address(text))),
            "http": read("http", lambda text: parse_place(text) if text else None),
            "metrics": read("prom", lambda text: parse_place(text) if text else None),
            "ttl": read("ttl", _whole_number(SHORTEST_TTL, _LONGEST_TTL)),
            "memory": (read("memory", _whole_number(1, _MOST_MEMORY)) or 0) * _MIB,
            "peers": read("peers", parse_places),
            "own": read("self", lambda text: parse_place(text) if text else None),
        }
        if bool(self["peers"]) != bool(self["self"]):
            problems.append("peer list and self peer ip:port are required together")
        try:
            secret = find_secret(os.environ, self["secret-file"], true_hash=bool(self["xxh64"]))
        except ConfigurationError as error:
            problems += error.problems
        if problems:
            sys.exit(lines(ConfigurationError(*problems)))
        self.settings = DraculaSettings(secret=secret, **values)


def makeService(options: Options) -> IService:  # noqa: N802  twistd's name for it
    """Return the service that twistd runs."""
    from twisted.internet import reactor

    from mailcap.dracula.server.service import DraculaServer

    say_why_a_start_failed(options.parent)
    service: IService = DraculaServer(options.settings, reactor)
    return service


def _whole_number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or not least <= int(text[:12]) <= most:
            raise ValueError(f"{text!r} is no whole number from {least} to {most}")
        return int(text)

    return read
