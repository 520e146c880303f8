"""What a client says to log in: base64, and the messages of PLAIN and LOGIN."""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field


class MalformedResponse(ValueError):
    """A response is not base64, or not what its mechanism asks for."""


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
