"""The settings as TOML: an example with all of them, and those in force."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from textwrap import fill

from mailcap.settings.load import Entry, entries, sections
from mailcap.settings.sections import Settings

_HEAD = """\
# The settings of mailcap, with their defaults.  Take away the "#" to change one.
#
# An environment variable named after section and name, such as
# MAILCAP_LIMITS_MESSAGE_SIZE, counts more than this file, and
# "--set limits.message_size=..." counts more than both.  There, the items of a list
# are separated by spaces.  An empty list switches a listener off.
#
# Made by "mailcap config example".
"""
_WIDTH = 88


def example() -> str:
    """Return a TOML file that names every setting and changes none."""
    return _HEAD + "".join(_example_lines())


def in_force(settings: Settings) -> str:
    """Return *settings* as a TOML file, without secrets."""
    lines = [f"# The data folder is {settings.data_dir}\n"]
    for section, group in groupby(entries(), lambda entry: entry.section):
        lines.append(f"\n[{section}]\n")
        for entry in group:
            value = getattr(getattr(settings, section), entry.name)
            lines.append(f"{entry.name} = {entry.kind.show(value)}\n")
    return "".join(lines)


def _example_lines() -> Iterator[str]:
    defaults = sections()
    for section, group in groupby(entries(), lambda entry: entry.section):
        yield f"\n[{section}]\n# {defaults[section].__doc__}\n"
        for entry in group:
            yield _example_of(entry)


def _example_of(entry: Entry) -> str:
    comment = fill(entry.help, _WIDTH, initial_indent="# ", subsequent_indent="# ")
    return f"\n{comment}\n#{entry.name} = {entry.kind.show(entry.default)}\n"
