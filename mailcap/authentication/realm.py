"""What a successful login gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.cred.portal import IRealm
from zope.interface import Interface, classImplements, implementer

from mailcap.domain.accounts import Identity


class IIdentity(Interface):
    """An avatar that says who has logged in: an `Identity`."""


# Declared from here, because the domain knows no framework.
classImplements(Identity, IIdentity)


@implementer(IRealm)
class IdentityRealm:
    """Gives every protocol the `Identity` itself."""

    def requestAvatar(  # noqa: N802  the interface's name
        self,
        avatarId: Any,  # noqa: N803
        mind: object,  # noqa: ARG002
        *interfaces: type[Interface],
    ) -> tuple[type[Interface], Identity, Callable[[], None]]:
        """Return *avatarId*, an `Identity`, as an `IIdentity`; a logout does nothing."""
        if IIdentity not in interfaces:
            raise NotImplementedError("this realm has no other avatar than IIdentity")
        return IIdentity, avatarId, _logout


def _logout() -> None:
    """Nothing is held for a session."""
