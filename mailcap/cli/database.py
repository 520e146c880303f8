"""``mailcap db``."""

from __future__ import annotations

from argparse import Namespace

from mailcap.cli.context import load_settings
from mailcap.cli.output import show
from mailcap.store import migrate


def upgrade(arguments: Namespace) -> None:
    """Bring the tables up to date."""
    show(arguments, {"revision": migrate.upgrade(load_settings(arguments).database.text)})


def check(arguments: Namespace) -> None:
    """Tell whether the tables are up to date."""
    show(arguments, {"revision": migrate.check(load_settings(arguments).database.text)})
