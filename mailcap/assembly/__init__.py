"""Putting the parts together: the one place that knows every class.

`build` returns the service that twistd runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.application.service import IService

    from mailcap.settings import Settings


def build(
    settings: Settings,
    reactor: Any,
    *,
    admin_key: str | None = None,
    reread: Callable[[], Settings] | None = None,
) -> IService:
    """Return mailcap as a service; nothing is opened or written before it starts.

    *admin_key* is the key that the account ``admin`` gets at the first start (None: a
    random one).  With *reread*, which loads the settings anew, it owns the process and
    goes by new settings after a SIGHUP.  Raises `ConfigurationError`, here and when the
    service starts.
    """
    from mailcap.assembly.server import Server

    return Server(settings, reactor, admin_key=admin_key, reread=reread)
