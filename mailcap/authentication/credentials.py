"""What a client shows to prove who it is."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from twisted.cred.credentials import ICredentials, IUsernamePassword
from zope.interface import Attribute, implementer

from mailcap.authentication.sources import Source
from mailcap.domain.addresses import parse_address
from mailcap.domain.errors import InvalidAddress, InvalidValue
from mailcap.services.names import fold_account_name


class INameAndPassword(IUsernamePassword):
    """A login name (an account or an address) with a password or a key."""

    source = Attribute("The Source it came from: those whose password is checked take turns.")


class IApiKey(ICredentials):
    """A key of an account, and nothing else."""

    key = Attribute("The key, a str.")


@implementer(INameAndPassword)
@dataclass(frozen=True, slots=True)
class NameAndPassword:
    """*username* and *password* in UTF-8, as the wire had them."""

    username: bytes
    password: bytes = field(repr=False)
    source: Source

    def checkPassword(self, password: bytes) -> bool:  # noqa: N802  the interface's name
        """Whether *password* is the one shown."""
        return hmac.compare_digest(self.password, password)


@implementer(IApiKey)
@dataclass(frozen=True, slots=True)
class ApiKey:
    """The key that a request carries."""

    key: str = field(repr=False)


def fold_login(name: str) -> str | None:
    """Return the account name or inbox that the login *name* means, None if neither.

    With an ``@`` it is an address, folded and without its tag.
    """
    try:
        return parse_address(name).inbox if "@" in name else fold_account_name(name)
    except (InvalidAddress, InvalidValue):
        return None
