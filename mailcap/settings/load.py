"""Settings from where they come, and every mistake in them at once.

Built-in defaults, then a TOML file, then the environment, then options: the later
one counts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from mailcap.domain.errors import ConfigurationError
from mailcap.settings.kinds import FILE, BadValue, DatabaseURL, Kind
from mailcap.settings.sections import Settings

DEFAULT_FILE = "mailcap.toml"
_PREFIX = "MAILCAP_"
# What mailcap itself reads or writes under its prefix, settings apart.
_OWN_VARIABLES = frozenset(
    _PREFIX + name
    for name in ("ADMIN_KEY", "DATA_DIR", "API_URL", "API_KEY", "USERNAME", "CA_FILE")
)
# What Kubernetes sets for a service of that name, or of one such as "mailcap-web".
_KUBERNETES = re.compile(
    r"MAILCAP_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_\w+)?)"
    r"=.*|MAILCAP_(?:\w+_)?PORT=(?:tcp|udp|sctp)://.*|MAILCAP_(?:SERVICE|PORT)_\w+=.*",
    re.DOTALL,
)


class Entry(NamedTuple):
    """One setting: its place, kind, help and default.

    A *live* one may be changed while the server runs.
    """

    section: str
    name: str
    kind: Kind
    help: str
    live: bool
    default: Any

    @property
    def path(self) -> str:
        """The name in TOML and in options."""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """The name in the environment."""
        return f"{_PREFIX}{self.section}_{self.name}".upper()


class _Given(NamedTuple):
    """A value that somebody gave a setting, and where."""

    entry: Entry
    value: object
    where: str
    folder: Path


def sections() -> dict[str, Any]:
    """Return all sections by name, each with its defaults."""
    return {each.name: each.default for each in fields(Settings) if each.name != "data_dir"}


def entries() -> Iterator[Entry]:
    """Yield all settings in their order."""
    for section, defaults in sections().items():
        for each in fields(defaults):
            yield Entry(section, each.name, **each.metadata, default=each.default)


def load(
    *,
    data_dir: str | None = None,
    config: str | None = None,
    options: Sequence[str] = (),
    environment: Mapping[str, str] = os.environ,
    here: Path | None = None,
    warn: Callable[[str], object] = lambda _: None,
) -> Settings:
    """Return the settings in force.

    *config* is the TOML file (None: ``mailcap.toml``, if there is one), *options* are
    texts ``section.name=value``, *here* is the folder that relative paths start from
    (None: the current one), *warn* is told of variables that look like settings and are
    none.  Raises `ConfigurationError` with all mistakes.
    """
    here = here or Path.cwd()
    problems: list[str] = []
    known = {entry.path: entry for entry in entries()}
    values = {path: entry.default for path, entry in known.items()}
    unclear: set[str] = set()
    for given in (
        *_from_file(here / (config or DEFAULT_FILE), known, problems, needed=bool(config)),
        *_from_environment(environment, known, here, warn),
        *_from_options(options, known, here, problems),
    ):
        try:
            values[given.entry.path] = _anchored(given.entry.kind.read(given.value), given.folder)
        except BadValue as error:
            unclear.add(given.entry.path)
            problems += [f"{given.where}{where}: {what}" for where, what in error.problems]
    problems += _contradictions(values, known, unclear)
    folder = _data_dir(data_dir, environment, here, problems)
    if problems or folder is None:
        raise ConfigurationError(*problems)
    return _build(folder, values)


def changes(old: Settings, new: Settings) -> tuple[Settings, list[str], list[str]]:
    """Return what a running server makes of *new* settings.

    That is *old* with the live ones of *new*, the paths of the live ones that differ,
    and those of the others, which need a restart.
    """
    values: dict[str, Any] = {}
    live: list[str] = []
    rest: list[str] = []
    for entry in entries():
        before, after = (getattr(getattr(each, entry.section), entry.name) for each in (old, new))
        values[entry.path] = after if entry.live else before
        if before != after:
            (live if entry.live else rest).append(entry.path)
    return _build(old.data_dir, values), live, rest


def _build(data_dir: Path, values: Mapping[str, Any]) -> Settings:
    chosen: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        section, _, name = path.partition(".")
        chosen.setdefault(section, {})[name] = value
    defaults = sections()
    return Settings(
        data_dir=data_dir,
        **{section: replace(defaults[section], **given) for section, given in chosen.items()},
    )


def _contradictions(
    values: Mapping[str, Any], known: Mapping[str, Entry], unclear: AbstractSet[str]
) -> Iterator[str]:
    """Yield what settings that are right each by itself make wrong together."""
    pair = ("tls.certificate", "tls.key")
    if unclear.isdisjoint(pair) and bool(values[pair[0]]) != bool(values[pair[1]]):
        yield "tls.certificate and tls.key: only one of them is set"
    room = "limits.bytes_in_flight"
    for part, what in (("limits.message_size", "message"), ("limits.json_body", "request")):
        if unclear.isdisjoint((room, part)) and values[room] < values[part]:
            shown = [f"{path} ({known[path].kind.show(values[path])})" for path in (room, part)]
            yield f"{' is less than '.join(shown)}: the largest {what} would never fit"


def _data_dir(
    option: str | None, environment: Mapping[str, str], here: Path, problems: list[str]
) -> Path | None:
    """Return the folder that holds everything mailcap writes."""
    where, text = "--data-dir", option
    if not text:
        where, text = f"{_PREFIX}DATA_DIR", environment.get(f"{_PREFIX}DATA_DIR")
    if not text:
        where, home = "XDG_DATA_HOME", environment.get("XDG_DATA_HOME", "")
        # The specification: a relative path is to be ignored.
        text = f"{home if home.startswith('/') else '~/.local/share'}/mailcap"
    try:
        return here / Path(FILE.read(text))
    except BadValue as error:
        problems += [f"{where}: {what}" for _, what in error.problems]
        return None


def _from_file(
    path: Path, known: Mapping[str, Entry], problems: list[str], *, needed: bool
) -> Iterator[_Given]:
    if path.exists() and not path.is_file():  # to read a pipe could take for ever
        problems.append(f"{path}: this is no file")
        return
    try:
        text = path.read_bytes()
    except OSError as error:
        if needed or not isinstance(error, FileNotFoundError):
            problems.append(f"{path}: {error.strerror}")
        return
    import tomllib  # only where there is a file, because start-up is to be quick

    try:
        tables = tomllib.loads(text.decode())
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, or too deep
        problems.append(f"{path}: {error}")
        return
    for section, table in tables.items():
        if not isinstance(table, dict):
            problems.append(f"{_shown(section)}: this is not in any [section]")
            continue
        for name, value in table.items():
            if entry := known.get(where := f"{section}.{name}"):
                yield _Given(entry, value, where, path.parent)
            else:
                problems.append(_unknown(_shown(where), where, known))


def _from_environment(
    environment: Mapping[str, str],
    known: Mapping[str, Entry],
    here: Path,
    warn: Callable[[str], object],
) -> Iterator[_Given]:
    variables = {entry.variable: entry for entry in known.values()}
    unknown = []
    for name, value in environment.items():
        if entry := variables.get(name):
            yield _Given(entry, value, name, here)
        elif name.startswith(_PREFIX) and not _is_no_setting(name, value):
            unknown.append(name)
    if unknown:
        warn(
            f"Ignored, because there is no such setting: {', '.join(map(_shown, sorted(unknown)))}"
        )


def _is_no_setting(name: str, value: str) -> bool:
    return name in _OWN_VARIABLES or bool(_KUBERNETES.fullmatch(f"{name}={value}"))


def _from_options(
    options: Iterable[str], known: Mapping[str, Entry], here: Path, problems: list[str]
) -> Iterator[_Given]:
    for option in options:
        path, equals, value = option.partition("=")
        where = f"--set {_shown(path)}"
        if not equals:
            # The text may be a secret that was meant to be a value.
            problems.append("--set: this is not section.name=value")
        elif entry := known.get(path):
            yield _Given(entry, value, where, here)
        else:
            problems.append(_unknown(where, path, known))


def _anchored(value: Any, folder: Path) -> Any:
    """Make a path absolute: the daemon may run in another folder."""
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, DatabaseURL) and value.file:
        return DatabaseURL(f"sqlite:///{folder / value.file}")
    return value


def _unknown(where: str, path: str, known: Mapping[str, Entry]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(path, known, n=1, cutoff=0.75)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"{where}: there is no such setting{hint}"


def _shown(name: str) -> str:
    """Return what was given as a name, fit for one line."""
    return name if name.isprintable() else ascii(name)
