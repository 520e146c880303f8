"""Where the secret comes from: the environment or a file, never an argument.

Arguments are seen by everybody who can list processes, and shells remember them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mailcap.domain.errors import ConfigurationError
from mailcap.dracula.settings import SECRET_VARIABLE, Secret


def find_secret(
    environment: Mapping[str, str], file: str | None, *, true_hash: bool = False
) -> Secret:
    """Return the secret in *file*, without a line end; with no file, that of *environment*.

    Raises `ConfigurationError`.
    """
    if file is None:
        octets = environment.get(SECRET_VARIABLE, "").encode(errors="surrogateescape")
    else:
        try:
            octets = Path(file).read_bytes().rstrip(b"\r\n")
        except OSError as error:
            raise ConfigurationError(f"--secret-file: {file}: {error.strerror}") from None
    if true_hash and not octets:
        raise ConfigurationError(f"--xxh64 needs a secret, in {SECRET_VARIABLE} or a file")
    return Secret(octets=octets, true_hash=true_hash)
