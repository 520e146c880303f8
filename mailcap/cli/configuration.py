"""``mailcap config`` and ``mailcap env``."""

from __future__ import annotations

from argparse import Namespace

from mailcap.cli.context import load_settings
from mailcap.cli.output import show, write
from mailcap.domain.errors import ConfigurationError
from mailcap.settings import describe


def example(_arguments: Namespace) -> None:
    """Print a file with all settings and their defaults."""
    write(describe.example())


def check(arguments: Namespace) -> None:
    """Print the settings in force, without secrets."""
    settings = load_settings(arguments)
    text = describe.in_force(settings)
    if not arguments.json:
        write(text)
        return
    import tomllib

    show(arguments, {"data_dir": str(settings.data_dir), **tomllib.loads(text)})


def env(arguments: Namespace) -> None:
    """Print what the running, or last, server wrote down for its clients."""
    file = load_settings(arguments).data_dir / "access.env"
    try:
        text = file.read_text(encoding="utf-8")
        if arguments.json:
            import shlex

            words = shlex.split(text, comments=True)
            show(arguments, dict(word.split("=", 1) for word in words))
        else:
            write(text)
    except FileNotFoundError:
        raise ConfigurationError(f"There is no {file}: mailcap writes it when it starts.") from None
    except ValueError:
        raise ConfigurationError(f"{file} is not as mailcap writes it.") from None
