"""Command lines: the grammar of RFC 5321 section 4.1.1 and of the extensions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from mailcap.domain.addresses import parse_address
from mailcap.domain.errors import InvalidAddress
from mailcap.smtp.wire.commands import (
    Auth,
    Bdat,
    Command,
    Data,
    Ehlo,
    Expn,
    Fault,
    Helo,
    Help,
    Mail,
    Malformed,
    Noop,
    Quit,
    Rcpt,
    Rset,
    StartTLS,
    Vrfy,
)
from mailcap.smtp.wire.parameters import (
    NO_MAIL_PARAMETERS,
    NO_RCPT_PARAMETERS,
    ParameterError,
    UnknownParameterError,
    parse_mail_parameters,
    parse_rcpt_parameters,
)

_MAX_NAME = 255  # RFC 5321 section 4.5.3.1.2; whatever is longer is no host's name
# The quantifiers are possessive, so that no path costs more than one pass.
_PATH = r': *<((?:[^">]++|"(?:[^"\\]++|\\.)*+")*+)>'
_FROM = re.compile(r"[Ff][Rr][Oo][Mm]" + _PATH)
_TO = re.compile(r"[Tt][Oo]" + _PATH)
_CHUNK = re.compile(r"([0-9]{1,20})( +LAST)? *", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # and what else ends a line

_DATA: Final = Data()
_RSET: Final = Rset()
_NOOP: Final = Noop()
_QUIT: Final = Quit()
_HELP: Final = Help()
_STARTTLS: Final = StartTLS()


def parse_command(line: bytes) -> Command:
    """Return the command that *line*, without its end, stands for.

    Whatever cannot be obeyed becomes `Malformed`; nothing is raised.
    """
    verb, _, rest = line.partition(b" ")
    parse = _PARSERS.get(verb) or _PARSERS.get(verb.upper())
    if parse is None:
        return _unknown(verb)
    try:
        argument = rest.decode()
    except UnicodeDecodeError:
        return Malformed(Fault.CHARACTERS, "a command is written in ASCII or UTF-8")
    if not argument.isprintable() and _CONTROL.search(argument):
        return Malformed(Fault.CHARACTERS, "a command has no control characters")
    return parse(argument)


def _unknown(verb: bytes) -> Malformed:
    if verb.upper() in _NOT_IMPLEMENTED:
        return Malformed(Fault.NOT_IMPLEMENTED, "command not implemented")
    return Malformed(Fault.UNKNOWN, "command not recognised")


def _helo(argument: str) -> Command:
    name = argument.strip(" ")
    return Helo(name) if 0 < len(name) <= _MAX_NAME else _NO_NAME


def _ehlo(argument: str) -> Command:
    name = argument.strip(" ")
    return Ehlo(name) if 0 < len(name) <= _MAX_NAME else _NO_NAME


# Who sends much sends it in the same words: a command is a value, and may be used again.
_remembered = lru_cache(maxsize=1024)


@_remembered
def _mail(argument: str) -> Command:
    match = _FROM.match(argument)
    if match is None:
        return _no_path(argument, "MAIL FROM:", Fault.SENDER)
    rest = argument[match.end() :]
    if rest and rest[0] != " ":
        return Malformed(Fault.ARGUMENT, "syntax: MAIL FROM:<address> parameters")
    path = _without_route(match[1])
    try:
        if path:
            parse_address(path)
        return Mail(path, parse_mail_parameters(rest) if rest else NO_MAIL_PARAMETERS)
    except InvalidAddress as error:
        return Malformed(Fault.SENDER, str(error))
    except ParameterError as error:
        return _bad_parameter(error)


@_remembered
def _rcpt(argument: str) -> Command:
    match = _TO.match(argument)
    if match is None:
        return _no_path(argument, "RCPT TO:", Fault.RECIPIENT)
    rest = argument[match.end() :]
    if rest and rest[0] != " ":
        return Malformed(Fault.ARGUMENT, "syntax: RCPT TO:<address> parameters")
    path = _without_route(match[1])
    if not path:
        return Malformed(Fault.NO_RECIPIENT, "the path names no recipient")
    try:
        address = None if path.lower() == "postmaster" else parse_address(path)
        return Rcpt(address, parse_rcpt_parameters(rest) if rest else NO_RCPT_PARAMETERS)
    except InvalidAddress as error:
        return Malformed(Fault.RECIPIENT, str(error))
    except ParameterError as error:
        return _bad_parameter(error)


def _no_path(argument: str, start: str, fault: Fault) -> Malformed:
    """Say whether the command is wrong, or the address between its brackets."""
    begins = start.endswith(f" {argument.partition(':')[0].upper()}:")
    if begins and "<" in argument and ">" in argument:
        return Malformed(fault, "a quoted string has no end")
    return Malformed(Fault.ARGUMENT, f"syntax: {start}<address>")


def _without_route(path: str) -> str:
    # A route without a mailbox is left as it is, and refused as an address.
    return (path.partition(":")[2] or path) if path.startswith("@") else path


def _bad_parameter(error: ParameterError) -> Malformed:
    unknown = isinstance(error, UnknownParameterError)
    return Malformed(Fault.UNKNOWN_PARAMETER if unknown else Fault.PARAMETER, str(error))


def _bdat(argument: str) -> Command:
    match = _CHUNK.fullmatch(argument)
    if match is None:
        return Malformed(Fault.CHUNK_SIZE, "syntax: BDAT size [LAST]")
    return Bdat(int(match[1]), match[2] is not None)


def _auth(argument: str) -> Command:
    mechanism, _, response = argument.strip(" ").partition(" ")
    if not mechanism:
        return Malformed(Fault.ARGUMENT, "syntax: AUTH mechanism [initial-response]")
    return Auth(mechanism.upper(), response.encode() if response else None)


def _vrfy(argument: str) -> Command:
    return Vrfy(argument) if argument else Malformed(Fault.ARGUMENT, "syntax: VRFY name")


def _expn(argument: str) -> Command:
    return Expn(argument) if argument else Malformed(Fault.ARGUMENT, "syntax: EXPN list")


def _alone(command: Command) -> Callable[[str], Command]:
    """Return the parser of a command without an argument."""
    refusal = Malformed(Fault.ARGUMENT, "this command has no argument")
    return lambda argument: refusal if argument.strip(" ") else command


_NO_NAME: Final = Malformed(Fault.ARGUMENT, f"a name of 1 to {_MAX_NAME} characters is needed")
_NOT_IMPLEMENTED: Final = frozenset({b"SEND", b"SOML", b"SAML", b"TURN", b"ETRN", b"ATRN"})
_PARSERS: Mapping[bytes, Callable[[str], Command]] = {
    b"HELO": _helo,
    b"EHLO": _ehlo,
    b"MAIL": _mail,
    b"RCPT": _rcpt,
    b"DATA": _alone(_DATA),
    b"BDAT": _bdat,
    b"RSET": _alone(_RSET),
    b"NOOP": lambda _: _NOOP,
    b"QUIT": _alone(_QUIT),
    b"VRFY": _vrfy,
    b"EXPN": _expn,
    b"HELP": lambda _: _HELP,
    b"STARTTLS": _alone(_STARTTLS),
    b"AUTH": _auth,
}
VERBS: Final = frozenset(verb.decode() for verb in _PARSERS)
