"""The server's side of TLS, from files of ours or of the operator's."""

import re
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa, x25519
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from mailcap.assembly.certificates import CA_FILE, Identity, ensure_certificate
from mailcap.assembly.tls import make_context
from mailcap.domain.errors import ConfigurationError

NOW = datetime.now(UTC)
PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A file with a key and its certificate, as mailcap makes it."""
    folder = tmp_path / "own"
    folder.mkdir()
    return ensure_certificate(folder, [], now=NOW)


def tls(version: int) -> SSL.Context:
    """Return a client that speaks *version* only."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(version)
    context.set_max_proto_version(version)
    return context


def connect(options, context: SSL.Context, session: SSL.Session | None = None) -> SSL.Connection:
    """Return the client's side of a connection, in memory, to what *options* make."""
    client = SSL.Connection(context, None)
    client.set_connect_state()
    if session:
        client.set_session(session)
    server = SSL.Connection(options.getContext(), None)
    server.set_accept_state()
    for _ in range(10):
        for here, there in ((client, server), (server, client)):
            _step(here)
            _move(here, there)
    server.send(b"220 hello")
    _move(server, client)
    assert client.recv(100) == b"220 hello"
    return client


def _step(side: SSL.Connection) -> None:
    with suppress(SSL.WantReadError):
        side.do_handshake()


def _move(here: SSL.Connection, there: SSL.Connection) -> None:
    with suppress(SSL.WantReadError):
        there.bio_write(here.bio_read(65536))


def test_the_own_certificate_serves(own):
    client = connect(make_context(own, own), tls(SSL.TLS1_3_VERSION))
    assert client.get_protocol_version_name() == "TLSv1.3"
    assert (
        client.get_peer_certificate(as_cryptography=True).subject.rfc4514_string() == "CN=mailcap"
    )


def test_a_client_of_the_last_decade_is_served(own):
    client = connect(make_context(own, own), tls(SSL.TLS1_2_VERSION))
    assert client.get_protocol_version_name() == "TLSv1.2"


def test_an_older_one_is_not(own):
    with pytest.raises(SSL.Error):
        connect(make_context(own, own), tls(SSL.TLS1_1_VERSION))


def test_a_client_that_comes_again_need_not_negotiate_anew(own):
    options = make_context(own, own)
    context = tls(SSL.TLS1_2_VERSION)
    first = connect(options, context)
    assert connect(options, context).master_key() != first.master_key()
    second = connect(options, context, first.get_session())
    assert second.master_key() == first.master_key()


def test_the_whole_chain_is_sent(own, tmp_path):
    chain = tmp_path / "chain.pem"
    authority = (own.parent / CA_FILE).read_text()
    chain.write_text(Identity.from_pem(own.read_text()).to_pem() + authority)
    client = connect(make_context(chain, own), tls(SSL.TLS1_3_VERSION))
    assert len(client.get_peer_cert_chain(as_cryptography=True)) == 2


def refusal(certificate: Path, key: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        make_context(certificate, key)
    (problem,) = caught.value.problems
    assert "\n" not in problem
    return problem


def test_a_file_that_is_not_there_is_named(own, tmp_path):
    gone = tmp_path / "gone.pem"
    reason = "cannot be read: No such file or directory"
    assert refusal(gone, own) == f"tls.certificate: {gone} {reason}"
    assert refusal(own, gone) == f"tls.key: {gone} {reason}"


@pytest.mark.parametrize("content", ["", "rubbish", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_file_that_holds_something_else_is_named(own, tmp_path, content):
    spoilt = tmp_path / "spoilt.pem"
    spoilt.write_text(content)
    assert refusal(spoilt, own) == f"tls.certificate: {spoilt} holds no PEM certificate"
    assert refusal(own, spoilt) == f"tls.key: {spoilt} holds no PEM private key"


# PKCS #8 (RFC 5958) with the algorithm 1.2.3.4.5, whatever that may be.
UNKNOWN = bytes.fromhex("300f020100300606042a030405") + b"\x04\x02\x05\x00"


def test_a_key_of_an_unknown_kind_is_refused(own, tmp_path):
    strange = tmp_path / "strange.pem"
    lines = (
        "-----BEGIN PRIVATE KEY-----",
        b64encode(UNKNOWN).decode(),
        "-----END PRIVATE KEY-----",
    )
    strange.write_text("\n".join(lines))
    assert refusal(own, strange) == f"tls.key: {strange} holds no PEM private key"


def test_the_key_of_another_certificate_is_refused(own, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    theirs = ensure_certificate(other, [], now=NOW)
    problem = refusal(own, theirs)
    assert re.fullmatch(rf"tls\.key: {theirs} does not belong to .* {own}", problem)


def test_an_encrypted_key_is_refused(own, tmp_path):
    key = Identity.from_pem(own.read_text()).key
    locked = tmp_path / "locked.pem"
    locked.write_bytes(key.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"x")))
    assert refusal(own, locked).startswith(f"tls.key: {locked} is encrypted")


def test_a_key_that_cannot_sign_is_refused(own, tmp_path):
    other = tmp_path / "x25519.pem"
    key = x25519.X25519PrivateKey.generate()
    other.write_bytes(key.private_bytes(PEM, PKCS8, serialization.NoEncryption()))
    assert "does not belong" in refusal(own, other)


def self_signed(path: Path, key) -> Path:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW + timedelta(days=1))
    ).sign(key, hashes.SHA256())
    path.write_bytes(
        key.private_bytes(PEM, PKCS8, serialization.NoEncryption()) + certificate.public_bytes(PEM)
    )
    return path


def test_another_kind_of_key_serves(tmp_path):
    pem = self_signed(tmp_path / "rsa.pem", rsa.generate_private_key(65537, 2048))
    assert connect(make_context(pem, pem), tls(SSL.TLS1_2_VERSION))


def test_a_key_that_openssl_finds_too_weak_is_refused(tmp_path):
    pem = self_signed(tmp_path / "weak.pem", rsa.generate_private_key(65537, 1024))
    problem = refusal(pem, pem)
    assert problem == f"tls.certificate: {pem} cannot be used: ee key too small"


def test_the_order_of_key_and_certificate_in_one_file_is_free(own, tmp_path):
    text = own.read_text()
    cut = text.index("-----BEGIN CERTIFICATE")
    turned = tmp_path / "turned.pem"
    turned.write_text(text[cut:] + text[:cut])
    assert connect(make_context(turned, turned), tls(SSL.TLS1_3_VERSION))
