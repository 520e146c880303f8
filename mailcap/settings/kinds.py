"""The kinds of values that settings have: how each is read, checked and shown.

A value comes as TOML has it (text, number, list) or, from the environment and the
command line, as text alone.  Lists are then separated by spaces.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, NamedTuple

from mailcap.domain.addresses import fold_domain, parse_address
from mailcap.domain.errors import InvalidAddress
from mailcap.domain.networks import Network

_NUMBER = re.compile(r"[0-9]{1,18}")
_QUANTITY = re.compile(r"([0-9]{1,18})\s*([A-Za-z]*)")
_SIZES = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9} | {
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
}
_TIMES = {
    alias: seconds
    for aliases, seconds in (
        (("", "s", "sec", "second", "seconds"), 1),
        (("m", "min", "minute", "minutes"), 60),
        (("h", "hour", "hours"), 3600),
        (("d", "day", "days"), 86400),
        (("w", "week", "weeks"), 604800),
    )
    for alias in aliases
}
_CENTURY = 36525 * 86400
# Paths end up between double quotes in a file that shells read (access.env), and in
# the URL of a database.
_UNQUOTABLE = re.compile(r'["$`\\?\x00-\x1f\x7f]')
_SQLITE = re.compile(r"sqlite:///(?!:memory:)(.+)", re.DOTALL)
_POSTGRESQL = re.compile(
    r"(?!postgresql://$)postgresql://(?:(?P<user>[^:@/?]*)(?P<password>:[^@]*)?@)?"
    r"(?P<place>(?:\[[0-9A-Fa-f:.]+\]|[^:@/?\[\]]*)(?::[0-9]{1,5})?(?:/[^@?]*)?)(?P<query>\?.*)?"
)
_ORIGIN = re.compile(r"https?://(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
_PRINTABLE = re.compile(r"[!-~]+")
_SERVER = re.compile(r"(?:([0-9.]+)|\[([0-9A-Fa-f:.]+)\]):([0-9]{1,5})")
_MOST_PORT = 65535
_SHOWN_CHARACTERS = 80


class BadValue(Exception):
    """A value that a setting cannot have.

    *problems* gives, for each mistake, where in the value it is (``[1]`` for the
    second item of a list, else nothing) and what is wrong.
    """

    def __init__(self, *problems: tuple[str, str]) -> None:
        super().__init__(problems)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Kind:
    """How the values of a setting are treated.

    *read* returns what a value means, or raises `BadValue`; *show* writes a value as
    TOML, without what is secret in it.
    """

    read: Callable[[object], Any]
    show: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class DatabaseURL:
    """A database's URL, complete in *text*; as a string it shows no secret."""

    text: str

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database, None for any other."""
        path = self.text.removeprefix("sqlite:///")
        return None if path == self.text else Path(path)

    def __str__(self) -> str:
        if self.file:
            return self.text
        parts = _POSTGRESQL.fullmatch(self.text)
        if parts is None:  # who knows where in it a password ends
            return "postgresql://***"
        user, password, place, query = parts.group("user", "password", "place", "query")
        login = "" if user is None else f"{user}{':***' if password else ''}@"
        return f"postgresql://{login}{place}{'?***' if query else ''}"

    __repr__ = __str__


def about(kind: Kind, text: str, *, live: bool = False) -> dict[str, Any]:
    """Return what describes a setting; a *live* one is changed without a restart."""
    return {"kind": kind, "help": text, "live": live}


def count(*, least: int = 0, most: int = 10**9) -> Kind:
    """Return the kind of whole numbers from *least* to *most*."""

    def read(value: object) -> int:
        text = _text_or_number(value)
        if not _NUMBER.fullmatch(text):
            raise _bad(f"{_quoted(value)} is not a whole number")
        return _within(least, int(text), most)

    return Kind(read, str)


def size(*, least: int = 1, most: int = 2**40) -> Kind:
    """Return the kind of sizes such as ``"25 MiB"``, in octets."""
    shown = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10}
    return _quantity('a size such as "25 MiB"', _SIZES, shown, (least, most))


def duration(*, least: int = 0, most: int = _CENTURY) -> Kind:
    """Return the kind of times such as ``"30 days"``, in seconds."""
    shown = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
    return _quantity('a time such as "30 days"', _TIMES, shown, (least, most))


def choice(*words: str) -> Kind:
    """Return the kind of which *words* are the only values."""

    def read(value: object) -> str:
        if value not in words:
            raise _bad(f"{_quoted(value)} is none of {', '.join(words)}")
        return str(value)

    return Kind(read, _toml)


def items(kind: Kind) -> Kind:
    """Return the kind of lists of any number of values of *kind*."""

    def read(value: object) -> tuple[Any, ...]:
        given = value.split() if isinstance(value, str) else value
        if not isinstance(given, list):
            raise _bad(f"{_quoted(value)} is not a list")
        values, problems = [], []
        for position, item in enumerate(given):
            try:
                values.append(kind.read(item))
            except BadValue as error:
                problems += [(f"[{position}]{where}", what) for where, what in error.problems]
        if problems:
            raise BadValue(*problems)
        return tuple(values)

    return Kind(read, lambda values: f"[{', '.join(map(kind.show, values))}]")


def table(defaults: NamedTuple) -> Kind:
    """Return the kind of tables of whole numbers with the names of *defaults*.

    Who gives but some of them keeps the other defaults.  As text, a table is written
    ``name=number`` with spaces between.
    """

    def read(value: object) -> NamedTuple:
        given = _pairs(value) if isinstance(value, str) else value
        if not isinstance(given, dict):
            raise _bad(f"{_quoted(value)} is not a table")
        numbers, problems = {}, []
        for name, number in given.items():
            try:
                if name not in defaults._fields:
                    raise _bad(f"there is no such name, only {', '.join(defaults._fields)}")
                numbers[name] = _COUNT.read(number)
            except BadValue as error:
                problems += [(f".{_quoted(name)[1:-1]}", what) for _, what in error.problems]
        if problems:
            raise BadValue(*problems)
        return defaults._replace(**numbers)

    def show(value: NamedTuple) -> str:
        return f"{{ {', '.join(f'{name} = {n}' for name, n in value._asdict().items())} }}"

    return Kind(read, show)


def _pairs(text: str) -> dict[str, str]:
    """Return ``name=number`` pairs; one without a sign has no number."""
    return {name: number for name, _, number in (each.partition("=") for each in text.split())}


def _quantity(
    what: str, units: dict[str, int], shown: dict[str, int], limits: tuple[int, int]
) -> Kind:
    least, most = limits

    def read(value: object) -> int:
        match = _QUANTITY.fullmatch(_text_or_number(value).strip())
        unit = units.get(match[2].lower()) if match else None
        if match is None or unit is None:
            raise _bad(f"{_quoted(value)} is not {what}")
        return _within(least, int(match[1]) * unit, most)

    def show(value: int) -> str:
        for unit, factor in shown.items():
            number, rest = divmod(value, factor)
            if number and not rest:
                return f'"{number} {unit if number > 1 else unit.removesuffix("s")}"'
        return str(value)

    return Kind(read, show)


def _read_domain(value: object) -> str:
    try:
        name = fold_domain(_text(value))
    except InvalidAddress as error:
        raise _bad(f"{_quoted(value)} is no name: {error}") from None
    if name.startswith("["):
        raise _bad(f"{_quoted(value)} is an address, not a name")
    return name


def _read_path(value: object) -> Path | None:
    text = _text(value)
    if _UNQUOTABLE.search(text):
        raise _bad(f'{_quoted(text)} contains one of " $ ` \\ ? or a control character')
    try:
        return Path(text).expanduser() if text else None
    except RuntimeError as error:  # the home folder is not known
        raise _bad(f"{_quoted(text)}: {error}") from None


def _read_database(value: object) -> DatabaseURL | None:
    # What was given is never repeated: it may hold a password.
    if not isinstance(value, str):
        raise _bad("this is not a text")
    if not value:
        return None
    if match := _SQLITE.fullmatch(value):
        return DatabaseURL(f"sqlite:///{_read_path(match[1])}")
    if _POSTGRESQL.fullmatch(value) and _PRINTABLE.fullmatch(value):
        return DatabaseURL(value)
    raise _bad(
        "this is neither sqlite:///FILE nor postgresql://USER:PASSWORD@HOST:PORT/NAME"
        " (in which an @ of the password is written %40)"
    )


def _read_network(value: object) -> Network:
    text = _text(value)
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise _bad(f"{_quoted(value)} is no network such as 10.0.0.0/8") from None
    if ip_address(text.partition("/")[0]) != network.network_address:
        raise _bad(f"{_quoted(value)} has host bits set: {network} has none")
    return network


def _read_party(value: object) -> str:
    text = _text(value)
    try:
        return parse_address(text).inbox if "@" in text else fold_domain(text)
    except InvalidAddress as error:
        raise _bad(f"{_quoted(value)} is neither an address nor a domain: {error}") from None


def _read_server(value: object) -> str:
    text = _text(value)
    match = _SERVER.fullmatch(text)
    try:
        known = match is not None and ip_address(match[1] or match[2]) is not None
    except ValueError:
        known = False
    if match is None or not known or not 1 <= int(match[3]) <= _MOST_PORT:
        raise _bad(f"{_quoted(value)} is no IP address and port such as 127.0.0.1:3509")
    return text


def _read_endpoint(value: object) -> str:
    # Imported here because only those who change a listener need Twisted's check.
    from mailcap.settings.endpoints import check_endpoint

    text = _text(value)
    try:
        check_endpoint(text)
    except ValueError as error:
        raise _bad(f"{_quoted(value)}: {error}") from None
    return text


def _read_origin(value: object) -> str:
    text = _text(value).lower()
    if not _ORIGIN.fullmatch(text):
        raise _bad(f"{_quoted(value)} is no origin such as https://app.example:8443")
    return text


def _bad(problem: str) -> BadValue:
    return BadValue(("", problem))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _bad(f"{_quoted(value)} is not a text")
    return value


def _text_or_number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _bad(f"{_quoted(value)} is neither a whole number nor a text")
    return str(value)


def _within(least: int, number: int, most: int) -> int:
    if number < least:
        raise _bad(f"{number} is less than {least}")
    if number > most:
        raise _bad(f"{number} is more than {most}")
    return number


def _quoted(value: object) -> str:
    """Return *value* for an error's text: short, and in one line."""
    shown = ascii(value)
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[: _SHOWN_CHARACTERS - 3]}..."


def _toml(value: object) -> str:
    """Return *value* as a TOML string; None is the empty one."""
    text = "" if value is None else str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_COUNT = count()
DOMAIN = Kind(_read_domain, _toml)
OPTIONAL_DOMAIN = Kind(lambda value: "" if value == "" else _read_domain(value), _toml)
FILE = Kind(_read_path, _toml)
DATABASE = Kind(_read_database, _toml)
NETWORKS = items(Kind(_read_network, _toml))
ORIGINS = items(Kind(_read_origin, _toml))
ENDPOINTS = items(Kind(_read_endpoint, _toml))
PARTIES = items(Kind(_read_party, _toml))
SERVERS = items(Kind(_read_server, _toml))
