"""The settings: what there is to set, where values come from, how they are shown.

`load` makes `Settings` from the built-in defaults, a TOML file, the environment and
options; `mailcap.settings.describe` writes them down.
"""

from mailcap.settings.kinds import DatabaseURL, Network
from mailcap.settings.load import load
from mailcap.settings.sections import (
    TLS,
    Accounts,
    Authentication,
    Limits,
    Listen,
    Proxy,
    Retention,
    Server,
    Settings,
    Shutdown,
    Storage,
)

__all__ = [
    "TLS",
    "Accounts",
    "Authentication",
    "DatabaseURL",
    "Limits",
    "Listen",
    "Network",
    "Proxy",
    "Retention",
    "Server",
    "Settings",
    "Shutdown",
    "Storage",
    "load",
]
