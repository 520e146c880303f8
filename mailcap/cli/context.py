"""What a command works on: the settings, and the accounts in the database."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from mailcap.domain.errors import ConfigurationError
from mailcap.services.accounts import Accounts
from mailcap.settings import Settings, load

T = TypeVar("T")


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
    file = settings.database.file
    if file is not None and not file.exists():
        # A mistyped folder must not become a second, empty server.
        raise ConfigurationError(
            f"There is no database {file} yet: the first start of mailcap makes it."
        )
    from mailcap.store import Store

    store = Store(settings.database.text)
    store.open()
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
