"""What a command works on: the settings, and the accounts in the database."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from mailcap.services.accounts import Accounts
from mailcap.settings import Settings, load

T = TypeVar("T")

# SQLite makes whoever waits for its lock look again at ever longer intervals, soon of
# 25 ms.  Between two pieces of a long command the daemon must find it free.
_PAUSE_SECONDS = 0.05


def load_settings(arguments: Namespace) -> Settings:
    """Return the settings that a daemon started with the same options would have."""
    return load(
        data_dir=arguments.data_dir,
        config=arguments.config,
        options=[*arguments.options, *arguments.later_options],
        warn=lambda text: sys.stderr.write(f"mailcap: {text}\n"),
    )


@contextmanager
def opened_accounts(arguments: Namespace) -> Iterator[Accounts]:
    """Give the accounts of an existing database, which is closed afterwards."""
    settings = load_settings(arguments)
    from mailcap.store import Store

    store = Store(settings.database.text, pause=partial(time.sleep, _PAUSE_SECONDS))
    store.open(create=False)  # a mistyped place must not become a second, empty server
    try:
        yield Accounts(store.accounts, home_domain=settings.accounts.home_domain)
    finally:
        store.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of *work*, which awaits only what is there already.

    So it is with a store that has no reactor.
    """
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise RuntimeError("a service waits for an event loop, and there is none")
