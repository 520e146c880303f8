"""Who may see a message, and whose unified mailboxes hold it.

`owner` is the account that owns the inbox, None for a public one; `saved_by` is
the account that starred the message.  A starred message is its starrer's alone,
wherever it lies: reserving an inbox must not reveal what somebody else had made
private there.
"""

from __future__ import annotations

from collections.abc import Iterable

from mailcap.domain.errors import NotOwned, NotPermitted


def may_see(viewer: int, *, owner: int | None, saved_by: int | None) -> bool:
    """Whether account *viewer* may read and delete a message."""
    if saved_by is not None:
        return saved_by == viewer
    return owner is None or owner == viewer


def audience(
    *,
    owner: int | None,
    saved_by: int | None,
    submitter: int | None,
    watchers: Iterable[int],
) -> frozenset[int]:
    """Return the accounts whose unified mailboxes hold a message.

    *submitter* is the account that logged in to send it, *watchers* are the
    accounts that are shown its inbox as long as that is public.
    """
    if saved_by is not None:
        return frozenset({saved_by})
    if owner is not None:
        return frozenset({owner})
    return frozenset(watchers) | ({submitter} if submitter is not None else frozenset())


def require_reader(viewer: int, inbox: str, owner: int | None) -> None:
    """Raise `NotPermitted` unless *viewer* may list the inbox."""
    if owner not in (None, viewer):
        raise NotPermitted(f"{inbox} is owned by another account.")


def require_owner(viewer: int, inbox: str, owner: int | None) -> None:
    """Raise `NotOwned` unless the inbox belongs to *viewer*."""
    if owner != viewer:
        raise NotOwned(
            f"Cannot delete messages for inbox that is not owned by this account: {inbox}"
        )
