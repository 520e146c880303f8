"""What many mailboxes say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import NotFound
from mailcap.domain.mailboxes import MailboxKey, MailboxStatus
from mailcap.imap.backend import Backend


async def statuses_of(
    backend: Backend, who: Identity, keys: Sequence[MailboxKey]
) -> list[MailboxStatus]:
    """Return what mailboxes say of themselves; those that are gone say nothing."""
    store, account = backend.store, who.account
    if not keys:
        return []
    try:
        return await store.status(account, keys)
    except NotFound:
        found = []
        for key in keys:
            with suppress(NotFound):
                found += await store.status(account, [key])
        return found
