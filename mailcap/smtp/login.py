"""The dialogue of AUTH (RFC 4954): challenges, responses, and then a name and a password."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from mailcap.authentication.sasl import (
    MECHANISMS,
    Cancelled,
    Credentials,
    Exchange,
    MalformedResponse,
)
from mailcap.domain.errors import AuthenticationFailed
from mailcap.smtp.replies import (
    ASK_PASSWORD,
    ASK_PLAIN,
    ASK_USERNAME,
    BAD_LOGIN,
    CANCELLED,
    Reply,
)

__all__ = ["MECHANISMS", "Credentials", "Login"]

_CHALLENGES: Final[Mapping[bytes, Reply]] = {
    b"": ASK_PLAIN,
    b"Username:": ASK_USERNAME,
    b"Password:": ASK_PASSWORD,
}


class Login:
    """One dialogue.

    `begin` and `respond` return a challenge (334), a refusal, or the credentials.
    """

    def __init__(self, mechanism: str) -> None:
        self._exchange = Exchange(mechanism)

    def begin(self, initial_response: bytes | None) -> Reply | Credentials:
        """Start, with the initial response of the command if it has one."""
        return _said(partial(self._exchange.begin, initial_response))

    def respond(self, line: bytes) -> Reply | Credentials:
        """Go on with a *line* of the client."""
        return _said(partial(self._exchange.respond, line))


def _said(step: Callable[[], bytes | Credentials]) -> Reply | Credentials:
    try:
        outcome = step()
    except Cancelled:
        return CANCELLED
    except AuthenticationFailed:
        return BAD_LOGIN
    except MalformedResponse as error:
        return Reply(501, "5.5.2", f"Malformed response: {error}")
    return outcome if isinstance(outcome, Credentials) else _CHALLENGES[outcome]
