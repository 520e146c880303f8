"""The dialogue of AUTH (RFC 4954): challenges, responses, and then a name and a password."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Final

from mailcap.smtp.replies import (
    ASK_PASSWORD,
    ASK_PLAIN,
    ASK_USERNAME,
    BAD_LOGIN,
    CANCELLED,
    Reply,
)
from mailcap.smtp.wire.sasl import MalformedResponse, decode_response, decode_text, parse_plain


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client logs in with."""

    name: str
    password: str = field(repr=False)


# A mechanism yields challenges, is sent responses, and returns what came of it.
_Exchange = Generator[Reply, bytes, Credentials | Reply]


def _plain(initial: bytes | None) -> _Exchange:
    message = parse_plain((yield ASK_PLAIN) if initial is None else initial)
    if message.authzid and message.authzid.casefold() != message.authcid.casefold():
        return BAD_LOGIN  # nobody may act for another
    return Credentials(message.authcid, message.password)


def _login(initial: bytes | None) -> _Exchange:
    name = decode_text((yield ASK_USERNAME) if initial is None else initial)
    return Credentials(name, decode_text((yield ASK_PASSWORD)))


MECHANISMS: Final[Mapping[str, Callable[[bytes | None], _Exchange]]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
}


class Login:
    """One dialogue.

    `begin` and `respond` return a challenge (334), a refusal, or the credentials.
    """

    def __init__(self, mechanism: str) -> None:
        self._mechanism = MECHANISMS[mechanism]

    def begin(self, initial_response: bytes | None) -> Reply | Credentials:
        """Start, with the initial response of the command if it has one."""
        try:
            initial = None if initial_response is None else decode_response(initial_response)
        except MalformedResponse as error:
            return _malformed(error)
        self._exchange = self._mechanism(initial)
        return self._advance(None)

    def respond(self, line: bytes) -> Reply | Credentials:
        """Go on with a *line* of the client."""
        if line == b"*":
            return CANCELLED
        try:
            return self._advance(decode_response(line))
        except MalformedResponse as error:
            return _malformed(error)

    def _advance(self, response: bytes | None) -> Reply | Credentials:
        try:
            return next(self._exchange) if response is None else self._exchange.send(response)
        except StopIteration as end:
            outcome: Reply | Credentials = end.value
            return outcome
        except MalformedResponse as error:
            return _malformed(error)


def _malformed(error: MalformedResponse) -> Reply:
    return Reply(501, "5.5.2", f"Malformed response: {error}")
