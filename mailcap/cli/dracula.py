"""``mailcap dracula``."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.selectreactor import SelectReactor
from twisted.python.failure import Failure

from mailcap.cli.output import show, write
from mailcap.domain.errors import ConfigurationError
from mailcap.dracula.client import Client
from mailcap.dracula.places import parse_places
from mailcap.dracula.secret_source import find_secret

_LONGEST = 3600  # seconds


def put(arguments: Namespace) -> None:
    """Count a key once more."""
    _ask(arguments, lambda client: client.put(arguments.namespace, arguments.key))
    if arguments.json:
        show(arguments, _named(arguments))


def count(arguments: Namespace) -> None:
    """Print how often a key was put."""
    number = _ask(arguments, lambda client: client.count(arguments.namespace, arguments.key))
    if arguments.json:
        show(arguments, {**_named(arguments), "count": number})
    else:
        write(f"{number}\n")


def keys(arguments: Namespace) -> None:
    """Print the keys that have a pattern."""
    found = _ask(arguments, lambda client: client.keys(arguments.namespace, arguments.key))
    if arguments.json:
        show(arguments, {"namespace": arguments.namespace, "keys": found})
        return
    for number, key in enumerate(found, 1):
        # Others have chosen it, and a terminal obeys what it is shown.
        write(f"{number}) {key if key.isprintable() else ascii(key)}\n")
    if not found:
        write("(no matched keys)\n")


def _named(arguments: Namespace) -> dict[str, Any]:
    return {"namespace": arguments.namespace, "key": arguments.key}


def _ask(arguments: Namespace, question: Callable[[Client], Awaitable[Any]]) -> Any:
    """Return what the servers answer.  Raises `CountersUnavailable`, `ConfigurationError`."""
    if not 0 < arguments.timeout <= _LONGEST:  # which NaN is not either
        raise ConfigurationError(f"--timeout: seconds are more than 0 and at most {_LONGEST}")
    try:
        servers = parse_places(arguments.servers)
    except ValueError as error:
        raise ConfigurationError(f"--servers: {error}") from None
    secret = find_secret(os.environ, arguments.secret_file, true_hash=arguments.xxh64)
    reactor = SelectReactor()

    async def ask() -> Any:
        client = Client(servers, secret.codec, reactor=reactor, timeout=arguments.timeout)
        client.open()
        try:
            return await question(client)
        finally:
            await client.close()

    return _run(reactor, ask)


def _run(reactor: Any, work: Callable[[], Any]) -> Any:
    """Return the result of *work*, or raise what it raises, on a reactor of its own."""
    results: list[Any] = []

    def end(result: object) -> None:
        if reactor.running:  # else it was interrupted, and that is why this ends
            results.append(result)
            reactor.stop()

    def begin() -> None:
        Deferred.fromCoroutine(work()).addBoth(end)

    reactor.callWhenRunning(begin)
    reactor.run()
    if not results:
        raise KeyboardInterrupt
    if isinstance(results[0], Failure):
        results[0].raiseException()
    return results[0]
