"""A certificate for this machine, from a certification authority of its own.

Clients that trust ``ca.pem`` then trust every certificate that mailcap makes later.
The authority's key stays in the data folder.  Whoever steals it gains little: critical
constraints in the authority's certificate permit only names and addresses that are
nobody's in public, and those that were asked for when it was made.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from twisted.logger import Logger

from mailcap.assembly.files import PUBLIC, read_file, write_file

CA_FILE = "ca.pem"
CA_KEY_FILE = "ca-key.pem"
SERVER_FILE = "server.pem"

ALWAYS = frozenset({"localhost", "127.0.0.1", "::1"})

_ADDRESSES = (ipaddress.IPv4Address, ipaddress.IPv6Address)
_NETWORKS = (ipaddress.IPv4Network, ipaddress.IPv6Network)

_log = Logger()

_CA_LIFE = timedelta(days=3652)
_SERVER_LIFE = timedelta(days=397)  # what browsers accept
_RENEW_BEFORE = timedelta(days=30)
_CLOCKS_DIFFER = timedelta(hours=1)
# Beside the names asked for: names that nobody can own in public (RFC 6761, RFC 6762,
# RFC 8375, ICANN's "internal") and addresses that are nobody's in public.
_NOT_PUBLIC = (
    *(x509.DNSName(name) for name in ("localhost", "test", "local", "internal", "home.arpa")),
    *(
        x509.IPAddress(ipaddress.ip_network(network))
        for network in (
            *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
            *("::1/128", "fc00::/7", "fe80::/10"),
        )
    ),
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key with its certificate, in one file so that they always match."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def from_pem(cls, text: str) -> Identity | None:
        """Return what `to_pem` wrote, None if *text* is nothing of the kind."""
        try:
            key = serialization.load_pem_private_key(text.encode(), None)
            certificate = x509.load_pem_x509_certificate(text.encode())
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return None
        if isinstance(key, ec.EllipticCurvePrivateKey) and (
            key.public_key() == certificate.public_key()
        ):
            return cls(key, certificate)
        return None

    def to_pem(self) -> str:
        """Return key and certificate."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return key.decode() + to_pem(self.certificate)

    def lasts_until(self, time: datetime) -> bool:
        """Whether the certificate is valid at *time*."""
        return time <= self.certificate.not_valid_after_utc


def ensure_certificate(folder: Path, names: Iterable[str], *, now: datetime) -> Path:
    """Make or renew the server's certificate in *folder*, and return its file.

    *names* are host names and IP addresses that it is for, besides `ALWAYS`.  The
    authority is kept as long as it can vouch for them.  Raises `ConfigurationError`.
    """
    wanted = ALWAYS.union(names)
    authority = _ensure_authority(folder, wanted, now)
    path = folder / SERVER_FILE
    current = Identity.from_pem(read_file(path) or "")
    if current is None or not _will_do(current, authority, wanted, now):
        _log.info("making a certificate for {names}", names=", ".join(sorted(wanted)))
        write_file(path, _issue(authority, wanted, now).to_pem())
    return path


def to_pem(certificate: x509.Certificate) -> str:
    """Return *certificate* as text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _ensure_authority(folder: Path, names: frozenset[str], now: datetime) -> Identity:
    authority = Identity.from_pem(read_file(folder / CA_KEY_FILE) or "")
    if authority and not authority.lasts_until(now + _SERVER_LIFE):
        _log.warn("the CA is old; clients must trust the new {file}", file=folder / CA_FILE)
        authority = None
    if authority and not all(_permits(authority, name) for name in names):
        _log.warn(
            "the CA cannot vouch for all of {names}; clients must trust the new {file}",
            names=", ".join(sorted(names)),
            file=folder / CA_FILE,
        )
        authority = None
    if authority is None:
        authority = _found(names, now)
        write_file(folder / CA_KEY_FILE, authority.to_pem())
    if read_file(folder / CA_FILE) != to_pem(authority.certificate):
        write_file(folder / CA_FILE, to_pem(authority.certificate), mode=PUBLIC)
    return authority


def _found(names: frozenset[str], now: datetime) -> Identity:
    """Make an authority that can vouch for *names*."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(f"mailcap's own CA of {now:%Y-%m-%d %H:%M:%S}")
    permitted = [*_NOT_PUBLIC, *(_subtree(name) for name in sorted(names))]
    certificate = (
        _builder(subject, subject, key, now, _CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Identity(key, certificate)


def _issue(authority: Identity, names: frozenset[str], now: datetime) -> Identity:
    """Make a certificate for *names*."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate
    issuer_key = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        _builder(_name("mailcap"), issuer.subject, key, now, _SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([_general_name(name) for name in sorted(names)]),
            critical=False,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key),
            critical=False,
        )
        .sign(authority.key, hashes.SHA256())
    )
    return Identity(key, certificate)


def _will_do(current: Identity, authority: Identity, names: frozenset[str], now: datetime) -> bool:
    try:
        current.certificate.verify_directly_issued_by(authority.certificate)
        alternatives = current.certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    wanted = {_general_name(name) for name in names}
    return current.lasts_until(now + _RENEW_BEFORE) and set(alternatives.value) == wanted


def _permits(authority: Identity, name: str) -> bool:
    try:
        constraints = authority.certificate.extensions.get_extension_for_class(x509.NameConstraints)
    except (ValueError, x509.ExtensionNotFound):  # somebody else made it
        return False
    wanted = _general_name(name)
    return any(_covers(each, wanted) for each in constraints.value.permitted_subtrees or ())


def _covers(permitted: x509.GeneralName, name: x509.GeneralName) -> bool:
    if isinstance(permitted, x509.DNSName) and isinstance(name, x509.DNSName):
        return f".{name.value}".endswith(f".{permitted.value}")
    network, address = permitted.value, name.value
    return isinstance(network, _NETWORKS) and isinstance(address, _ADDRESSES) and address in network


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    start = now - _CLOCKS_DIFFER
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _subtree(name: str) -> x509.GeneralName:
    """Return what a constraint says to permit *name*."""
    try:
        return x509.IPAddress(ipaddress.ip_network(name))
    except ValueError:
        return x509.DNSName(name)
