"""A certificate for ``mail.test``, and the two sides of TLS that go with it."""

import datetime as dt
import ssl
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from twisted.internet.ssl import CertificateOptions


@cache
def _made() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("mail.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


@cache
def server_side() -> CertificateOptions:
    certificate, key = _made()
    return CertificateOptions(privateKey=key, certificate=certificate)


@cache
def client_side() -> ssl.SSLContext:
    certificate, _ = _made()
    return ssl.create_default_context(cadata=certificate.public_bytes(Encoding.PEM).decode())
