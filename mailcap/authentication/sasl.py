"""How a client logs in: the exchanges of PLAIN and LOGIN, the same in every protocol."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Final

from mailcap.domain.errors import AuthenticationFailed


class MalformedResponse(ValueError):
    """A response is not base64, or not what its mechanism asks for."""


class Cancelled(Exception):
    """The client has given up."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client logs in with."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Plain:
    """The message of PLAIN (RFC 4616 section 2)."""

    authzid: str
    authcid: str
    password: str = field(repr=False)


def decode_response(line: bytes) -> bytes:
    """Return the octets of a response, where ``=`` alone stands for none.

    RFC 4954 section 4.  Raises `MalformedResponse`.
    """
    if line == b"=":
        return b""
    try:
        return binascii.a2b_base64(line, strict_mode=True)
    except binascii.Error:
        raise MalformedResponse("not base64") from None


def parse_plain(message: bytes) -> Plain:
    """Return the parts of a PLAIN message.  Raises `MalformedResponse`."""
    parts = decode_text(message, nul=True).split("\0")
    if len(parts) != 3:  # noqa: PLR2004  # [authzid] NUL authcid NUL passwd
        raise MalformedResponse("not of the form authzid NUL authcid NUL password")
    return Plain(*parts)


def decode_text(octets: bytes, *, nul: bool = False) -> str:
    """Return *octets* as text.  Raises `MalformedResponse`.

    With *nul*, NUL may separate parts; a name or a password never contains it.
    """
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        raise MalformedResponse("not UTF-8") from None
    if "\0" in text and not nul:
        raise MalformedResponse("contains NUL")
    return text


# A mechanism yields challenges, is sent responses, and returns what came of it.
_Dialogue = Generator[bytes, bytes, Credentials]


def _plain(initial: bytes | None) -> _Dialogue:
    message = parse_plain((yield b"") if initial is None else initial)
    if message.authzid and message.authzid.casefold() != message.authcid.casefold():
        raise AuthenticationFailed("Nobody may act for another.")
    return Credentials(message.authcid, message.password)


def _login(initial: bytes | None) -> _Dialogue:
    name = decode_text((yield b"Username:") if initial is None else initial)
    return Credentials(name, decode_text((yield b"Password:")))


MECHANISMS: Final[Mapping[str, Callable[[bytes | None], _Dialogue]]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
}


class Exchange:
    """One exchange.

    `begin` and `respond` return a challenge, not yet in base64, or the credentials.  They
    raise `MalformedResponse`, `Cancelled`, or `AuthenticationFailed`; then it is over.
    """

    def __init__(self, mechanism: str) -> None:
        self._mechanism = MECHANISMS[mechanism]

    def begin(self, initial_response: bytes | None) -> bytes | Credentials:
        """Start, with the initial response of the command if it has one."""
        initial = None if initial_response is None else decode_response(initial_response)
        self._dialogue = self._mechanism(initial)
        try:
            return next(self._dialogue)
        except StopIteration as end:
            return _outcome(end)

    def respond(self, line: bytes) -> bytes | Credentials:
        """Go on with a *line* of the client."""
        if line == b"*":
            raise Cancelled
        try:
            return self._dialogue.send(decode_response(line))
        except StopIteration as end:
            return _outcome(end)


def _outcome(end: StopIteration) -> Credentials:
    credentials: Credentials = end.value
    return credentials
