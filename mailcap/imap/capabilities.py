"""What is announced (RFC 9051 section 6.1.1): by state, and by the commands there are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from mailcap.imap.wire import commands as c
from mailcap.imap.wire.commands import Command

# Each with the commands that it needs.  What is for everybody comes first, since clients
# that have not logged in ask for nothing else.
_ALWAYS: Final[tuple[tuple[str, tuple[type[Command], ...]], ...]] = (
    ("IMAP4rev1", (c.Check, c.List, c.Fetch)),
    ("IMAP4rev2", (c.List, c.Fetch)),
    ("LITERAL+", ()),
    ("ID", (c.Id,)),
    ("ENABLE", (c.Enable,)),
)
_BEFORE_LOGIN: Final[tuple[tuple[str, tuple[type[Command], ...]], ...]] = (
    ("SASL-IR", (c.Authenticate,)),
)
_BEHIND_LOGIN: Final[tuple[tuple[str, tuple[type[Command], ...]], ...]] = (
    ("UNAUTHENTICATE", (c.Unauthenticate,)),
    ("IDLE", (c.Idle,)),
    ("NOTIFY", (c.Notify,)),
    ("NAMESPACE", (c.Namespace,)),
    ("UNSELECT", (c.Unselect,)),
    ("CHILDREN", (c.List,)),
    ("LIST-EXTENDED", (c.List,)),
    ("LIST-STATUS", (c.List,)),
    ("SPECIAL-USE", (c.List,)),
    ("CREATE-SPECIAL-USE", (c.Create,)),
    ("STATUS=SIZE", (c.Status,)),
    ("UIDPLUS", (c.Expunge, c.Append, c.Copy)),
    ("MOVE", (c.Copy,)),
    ("MULTIAPPEND", (c.Append,)),
    ("REPLACE", (c.Replace,)),
    ("BINARY", (c.Append, c.Fetch)),
    ("CONDSTORE", (c.Store, c.Fetch, c.Search)),
    ("QRESYNC", (c.Select, c.Fetch)),
    ("ESEARCH", (c.Search,)),
    ("SEARCHRES", (c.Search,)),
    ("WITHIN", (c.Search,)),
    ("SORT", (c.Sort,)),
    ("SORT=DISPLAY", (c.Sort,)),
    ("ESORT", (c.Sort,)),
    ("I18NLEVEL=1", (c.Search,)),
    ("THREAD=ORDEREDSUBJECT", (c.Thread,)),
    ("THREAD=REFERENCES", (c.Thread,)),
    ("OBJECTID", (c.Fetch, c.Status)),
    ("SAVEDATE", (c.Fetch,)),
    ("PREVIEW", (c.Fetch,)),
    ("UTF8=ACCEPT", (c.Enable,)),
    ("QUOTA", (c.GetQuota, c.GetQuotaRoot)),
    ("QUOTA=RES-STORAGE", (c.GetQuota,)),
    ("QUOTA=RES-MESSAGE", (c.GetQuota,)),
)


def announced(known: Collection[type[Command]], *, logged_in: bool) -> list[bytes]:
    """Return what a server that obeys the *known* commands can do."""
    return [
        name.encode()
        for name, needed in (*_ALWAYS, *(_BEHIND_LOGIN if logged_in else _BEFORE_LOGIN))
        if all(kind in known for kind in needed)
    ]
