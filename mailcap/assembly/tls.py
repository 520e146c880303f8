"""What the listeners need for TLS, checked before any of them opens."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from OpenSSL.SSL import Error
from twisted.internet.ssl import CertificateOptions

from mailcap.assembly.certificates import CA_FILE, ensure_certificate
from mailcap.assembly.listeners import ROLES, interfaces
from mailcap.domain.addresses import fold_domain
from mailcap.domain.errors import ConfigurationError, InvalidAddress
from mailcap.settings import Settings


def prepare_tls(settings: Settings) -> tuple[CertificateOptions, Path | None]:
    """Return the server's side of TLS, and the file that clients need to trust it.

    With no certificate set, mailcap makes one.  Raises `ConfigurationError`.
    """
    files, folder = settings.tls, settings.data_dir
    if files.certificate and files.key:
        return make_context(files.certificate, files.key), files.ca
    own = ensure_certificate(folder, _names(settings), now=datetime.now(UTC))
    return make_context(own, own), folder / CA_FILE


def make_context(certificate: Path, key: Path) -> CertificateOptions:
    """Return the server's side of TLS, version 1.2 or later.

    The PEM file *certificate* may hold the whole chain, the server's own certificate
    first; *key* may be the same file.  Raises `ConfigurationError`.
    """
    chain = _load_chain(certificate)
    private_key = _load_key(key)
    if private_key.public_key() != chain[0].public_key():
        raise ConfigurationError(
            f"tls.key: {key} does not belong to the first certificate in {certificate}"
        )
    try:
        # What Twisted says it wants, pyOpenSSL 26 takes only with a warning.
        options = CertificateOptions(
            privateKey=private_key,  # type: ignore[arg-type]
            certificate=chain[0],  # type: ignore[arg-type]
            extraCertChain=chain[1:],  # type: ignore[arg-type]
            enableSessionTickets=True,  # test suites connect again and again
        )
        options.getContext()  # now, not at the first connection
    except (Error, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"tls.certificate: {certificate} cannot be used: {_reason(error)}"
        ) from error
    return options


def _reason(error: Exception) -> object:
    """Return what OpenSSL says, without saying where in its code."""
    if isinstance(error, Error) and error.args and error.args[0]:
        return error.args[0][0][-1]
    return error


def _names(settings: Settings) -> set[str]:
    """Return the names and addresses by which clients may call this server."""
    names = interfaces(each for role in ROLES for each in getattr(settings.listen, role.name))
    with suppress(InvalidAddress):  # a machine's name may be none
        names.add(fold_domain(settings.host_name))
    return names


def _load_chain(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read("tls.certificate", path))
    except ValueError:
        raise ConfigurationError(f"tls.certificate: {path} holds no PEM certificate") from None


def _load_key(path: Path) -> PrivateKeyTypes:
    try:
        return serialization.load_pem_private_key(_read("tls.key", path), None)
    except TypeError:
        raise ConfigurationError(f"tls.key: {path} is encrypted; mailcap has no password") from None
    except ValueError:
        raise ConfigurationError(f"tls.key: {path} holds no PEM private key") from None


def _read(setting: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{setting}: {path} cannot be read: {error.strerror}") from error
