"""The account ``admin``: made once, and its key, as far as it is known here."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import closing
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailcap.assembly.access_env import FILE_NAME, kept_key
from mailcap.domain.errors import ConfigurationError, InvalidValue, StoreUnavailable
from mailcap.services.accounts import Accounts
from mailcap.services.keys import check_given_key
from mailcap.settings import Settings
from mailcap.store import Store

T = TypeVar("T")

ADMIN_KEY = "MAILCAP_ADMIN_KEY"

_log = Logger()


def check_admin_key(key: str | None) -> None:
    """Raise `ConfigurationError` if *key*, chosen by the operator, can never be one."""
    try:
        if key:
            check_given_key(key)
    except InvalidValue as error:
        raise ConfigurationError(f"{ADMIN_KEY}: {error}") from None


def ensure_admin(settings: Settings, given: str | None) -> str | None:
    """Make the account ``admin`` if there is none; return a key of it that is known.

    The new account gets the *given* key, or a random one.  Of an older account the
    database knows no key, only digests: the given one is returned if it fits, else that
    in ``access.env`` if it does, else None.
    """
    with closing(Store(settings.database.text)) as store:  # without threads: works at once
        accounts = Accounts(store.accounts, home_domain=settings.accounts.home_domain)
        kept = kept_key(settings.data_dir)
        try:
            key = _result(accounts.ensure_admin(given, kept=kept))
        except StoreUnavailable as error:
            raise ConfigurationError(f"{error}: {error.detail}") from error
    if key is None:
        _log.warn(
            "no key of admin is known, so {file} has none; `mailcap key add LABEL` makes one",
            file=FILE_NAME,
        )
    elif given and given != key:
        _log.warn("{name} is no key of admin: it counts at the first start only", name=ADMIN_KEY)
    return key


def _result(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of *work*, which waits for nothing."""
    outcome: list[T | Failure] = []
    Deferred.fromCoroutine(work).addBoth(outcome.append)
    (result,) = outcome
    if isinstance(result, Failure):
        result.raiseException()
    return result
