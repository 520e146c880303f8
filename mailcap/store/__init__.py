"""The store: accounts and mail in SQLite or PostgreSQL.

`Store` is all that the rest of the program sees of it; what its parts promise is
written at the ports that they fulfil (`mailcap.domain.ports`).
"""

from mailcap.store.facade import Store

__all__ = ["Store"]
