"""The settings: what there is to set, where values come from, how they are shown.

`load` makes `Settings` from the built-in defaults, a TOML file, the environment and
options; `mailcap.settings.describe` writes them down.
"""

from mailcap.domain.networks import Network
from mailcap.settings.kinds import DatabaseURL
from mailcap.settings.limits import Limits
from mailcap.settings.load import load
from mailcap.settings.sections import (
    TLS,
    Accounts,
    Authentication,
    Listen,
    Metrics,
    Proxy,
    Queue,
    Retention,
    Server,
    Settings,
    Shutdown,
    Storage,
)
from mailcap.settings.throttling import OwnedCounts, PublicCounts, Throttling

__all__ = [
    "TLS",
    "Accounts",
    "Authentication",
    "DatabaseURL",
    "Limits",
    "Listen",
    "Metrics",
    "Network",
    "OwnedCounts",
    "Proxy",
    "PublicCounts",
    "Queue",
    "Retention",
    "Server",
    "Settings",
    "Shutdown",
    "Storage",
    "Throttling",
    "load",
]
