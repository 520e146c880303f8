"""``mailcap db``."""

from __future__ import annotations

from argparse import Namespace
from contextlib import closing, nullcontext

from mailcap.assembly.files import claim_database
from mailcap.cli.context import load_settings
from mailcap.cli.output import show
from mailcap.domain.errors import SchemaMismatch
from mailcap.store import migrate


def upgrade(arguments: Namespace) -> None:
    """Bring the tables up to date."""
    settings = load_settings(arguments)
    url, file = settings.database.text, settings.database.file
    try:
        revision = migrate.check(url)
    except SchemaMismatch:
        # On a file no daemon may be at work meanwhile; on a server that cannot be seen.
        claim = closing(claim_database(file, settings.data_dir)) if file else nullcontext()
        with claim:
            revision = migrate.upgrade(url)
    show(arguments, {"revision": revision})


def check(arguments: Namespace) -> None:
    """Tell whether the tables are up to date."""
    show(arguments, {"revision": migrate.check(load_settings(arguments).database.text)})
