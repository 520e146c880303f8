"""What the listeners need for TLS, checked before any of them opens."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from OpenSSL.SSL import Connection, Error
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.ssl import CertificateOptions
from twisted.logger import Logger
from zope.interface import implementer

from mailcap.assembly.certificates import CA_FILE, ensure_certificate
from mailcap.assembly.listeners import ROLES, interfaces
from mailcap.domain.addresses import fold_domain
from mailcap.domain.errors import ConfigurationError, InvalidAddress
from mailcap.settings import Settings

_log = Logger()


@implementer(IOpenSSLServerConnectionCreator)
class ServerTLS:
    """The server's side of TLS, which follows its files while the server runs.

    With no certificate set, mailcap makes one, and the next one in time.  `ca_file` is
    what clients need to trust it, if anything.  *now* gives the time.  Raises
    `ConfigurationError`.
    """

    def __init__(
        self, settings: Settings, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._certificate, self._key = settings.tls.certificate, settings.tls.key
        self._folder = settings.data_dir
        self._now = now
        # Once: the name of a laptop may change with the network that it is in.
        self._names = _names(settings)
        self.ca_file = settings.tls.ca if self._certificate else self._folder / CA_FILE
        self._options = self._load()

    def serverConnectionForTLS(self, tlsProtocol: Any) -> Connection:  # noqa: ARG002, N802, N803
        """Return the state of a new connection; see `IOpenSSLServerConnectionCreator`."""
        return Connection(self._options.getContext(), None)

    def renew(self) -> None:
        """Look whether the certificate has been replaced, or must be.

        Connections that begin from then on get the new one.  If it will not do, the old
        one stays, and the log says why.
        """
        try:
            fresh = self._load()
        except ConfigurationError as error:
            _log.error("the certificate stays as it was: {reason}", reason=error)
            return
        # The same one in a new context would end what clients remember of TLS sessions.
        if _chain(fresh) != _chain(self._options):
            self._options = fresh
            _log.info("new connections get the certificate that has been renewed")

    def _load(self) -> CertificateOptions:
        if not (self._certificate and self._key):
            own = ensure_certificate(self._folder, self._names, now=self._now())
            return make_context(own, own)
        options = make_context(self._certificate, self._key)
        for each in _chain(options):
            self._warn_if_invalid(each)
        return options

    def _warn_if_invalid(self, certificate: x509.Certificate) -> None:
        """Say what clients will object to.

        It does not stop the start: those that send mail seldom check it, and a server
        that receives nothing is worse than one that some complain of.
        """
        begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if begin <= self._now() <= end:
            return
        _log.warn(
            "tls.certificate: {path}: {subject} is valid from {begin} to {end} only;"
            " clients that look at that will refuse it",
            path=self._certificate,
            subject=certificate.subject.rfc4514_string(),
            begin=begin,
            end=end,
        )


def make_context(certificate: Path, key: Path) -> CertificateOptions:
    """Return the server's side of TLS, version 1.2 or later.

    The PEM file *certificate* may hold the whole chain, the server's own certificate
    first; *key* may be the same file.  Raises `ConfigurationError`.
    """
    chain = _load_chain(certificate)
    private_key = _load_key(key)
    try:
        if private_key.public_key() != chain[0].public_key():
            raise ConfigurationError(
                f"tls.key: {key} does not belong to the first certificate in {certificate}"
            )
        # What Twisted says it wants, pyOpenSSL 26 takes only with a warning.
        options = CertificateOptions(
            privateKey=private_key,  # type: ignore[arg-type]
            certificate=chain[0],  # type: ignore[arg-type]
            extraCertChain=chain[1:],  # type: ignore[arg-type]
            enableSessionTickets=True,  # test suites connect again and again
        )
        options.getContext()  # now, not at the first connection
    except (Error, TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(
            f"tls.certificate: {certificate} cannot be used: {_reason(error)}"
        ) from error
    return options


def _chain(options: CertificateOptions) -> list[x509.Certificate]:
    """Return what `make_context` put there."""
    return cast("list[x509.Certificate]", [options.certificate, *options.extraCertChain])


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
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationError(f"tls.key: {path} holds no PEM private key") from None


def _read(setting: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{setting}: {path} cannot be read: {error.strerror}") from error
