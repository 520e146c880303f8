"""The parameters that extensions add to MAIL and RCPT.

`MAIL_KEYWORDS` and `RCPT_KEYWORDS` list all that are understood; a session offers
no extension whose parameters are not among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mailcap.smtp.wire.xtext import decode_utf8_xtext, decode_xtext

_MAX_ENVID = 100  # RFC 3461 section 4.4
_MAX_ORCPT = 500  # RFC 3461 section 4.2
_SIZE = re.compile(r"[0-9]{1,20}")  # RFC 1870 section 4
_ADDRESS_TYPE = re.compile(r"[A-Za-z0-9-]{1,64}")


class Body(StrEnum):
    """The values of BODY= (RFC 6152 section 3, RFC 3030 section 3)."""

    SEVEN_BIT = "7BIT"
    EIGHT_BIT_MIME = "8BITMIME"
    BINARY_MIME = "BINARYMIME"


@dataclass(frozen=True, slots=True)
class MailParameters:
    """What MAIL may say besides the sender."""

    size: int | None = None
    body: Body = Body.SEVEN_BIT
    smtputf8: bool = False
    ret: str | None = None
    envid: str | None = None
    auth: str | None = None


@dataclass(frozen=True, slots=True)
class RcptParameters:
    """What RCPT may say besides the recipient."""

    notify: tuple[str, ...] = ()
    orcpt: str | None = None


class ParameterError(ValueError):
    """A parameter is repeated or its value impossible; the text says which."""


class UnknownParameterError(ParameterError):
    """A parameter belongs to an extension that is not spoken here."""


NO_MAIL_PARAMETERS = MailParameters()
NO_RCPT_PARAMETERS = RcptParameters()


def parse_mail_parameters(text: str) -> MailParameters:
    """Return the parameters of MAIL in *text*.  Raises `ParameterError`."""
    return MailParameters(**_parse(text, MAIL_KEYWORDS))


def parse_rcpt_parameters(text: str) -> RcptParameters:
    """Return the parameters of RCPT in *text*.  Raises `ParameterError`."""
    return RcptParameters(**_parse(text, RCPT_KEYWORDS))


def _parse(text: str, keywords: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for parameter in filter(None, text.split(" ")):
        written, equals, value = parameter.partition("=")
        keyword = written.upper()
        if keyword not in keywords:
            raise UnknownParameterError(f"unknown parameter {keyword}")
        if keyword.lower() in values:
            raise ParameterError(f"parameter {keyword} is repeated")
        if keyword == "SMTPUTF8" and equals:
            raise ParameterError(f"parameter {keyword} has no value")
        if keyword != "SMTPUTF8" and not value:
            raise ParameterError(f"parameter {keyword} lacks its value")
        try:
            values[keyword.lower()] = keywords[keyword](value)
        except ValueError as error:
            raise ParameterError(f"parameter {keyword}: {error}") from None
    return values


def _size(value: str) -> int:
    if not _SIZE.fullmatch(value):
        raise ValueError("not a number of octets")
    return int(value)


def _body(value: str) -> Body:
    try:
        return Body(value.upper())
    except ValueError:
        raise ValueError("neither 7BIT, 8BITMIME nor BINARYMIME") from None


def _smtputf8(_: str) -> bool:
    return True


def _ret(value: str) -> str:
    if value.upper() not in {"FULL", "HDRS"}:
        raise ValueError("neither FULL nor HDRS")
    return value.upper()


def _envid(value: str) -> str:
    if len(value) > _MAX_ENVID:
        raise ValueError(f"longer than {_MAX_ENVID} characters")
    return decode_xtext(value)


def _auth(value: str) -> str:
    return "" if value == "<>" else decode_xtext(value)


def _notify(value: str) -> tuple[str, ...]:
    items = tuple(dict.fromkeys(value.upper().split(",")))
    if items != ("NEVER",) and not {"SUCCESS", "FAILURE", "DELAY"}.issuperset(items):
        raise ValueError("neither NEVER nor a list of SUCCESS, FAILURE, DELAY")
    return items


def _orcpt(value: str) -> str:
    if len(value) > _MAX_ORCPT:
        raise ValueError(f"longer than {_MAX_ORCPT} characters")
    kind, semicolon, address = value.partition(";")
    if not (semicolon and address and _ADDRESS_TYPE.fullmatch(kind)):
        raise ValueError("not of the form address-type;address")
    decode = decode_utf8_xtext if kind.lower() == "utf-8" else decode_xtext
    return f"{kind};{decode(address)}"


MAIL_KEYWORDS: Mapping[str, Callable[[str], Any]] = {
    "SIZE": _size,
    "BODY": _body,
    "SMTPUTF8": _smtputf8,
    "RET": _ret,
    "ENVID": _envid,
    "AUTH": _auth,
}
RCPT_KEYWORDS: Mapping[str, Callable[[str], Any]] = {
    "NOTIFY": _notify,
    "ORCPT": _orcpt,
}
