"""The own CA and the certificates that it vouches for."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from mailcap.assembly import certificates
from mailcap.assembly.certificates import (
    CA_FILE,
    CA_KEY_FILE,
    SERVER_FILE,
    Identity,
    ensure_certificate,
)
from support.handshake import server_context, shake_hands

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def make(folder: Path, *names: str, now: datetime = NOW) -> tuple[x509.Certificate, ...]:
    """Return the CA's and the server's certificate."""
    assert ensure_certificate(folder, names, now=now) == folder / SERVER_FILE
    return load(folder / CA_FILE), load(folder / SERVER_FILE)


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def names_of(certificate: x509.Certificate) -> set[str]:
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return {str(each.value) for each in alternatives.value}


def client(folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=folder / CA_FILE)
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # Python 3.13's own default
    return context


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "laptop", "192.0.2.7"])
def test_a_client_that_trusts_the_ca_connects_by_every_name(tmp_path, name):
    make(tmp_path, "laptop", "192.0.2.7")
    connection = shake_hands(client(tmp_path), server_context(tmp_path / SERVER_FILE), name)
    assert connection.version() == "TLSv1.3"


def test_a_client_does_not_connect_by_another_name(tmp_path):
    make(tmp_path, "laptop")
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for 'desktop'"):
        shake_hands(client(tmp_path), server_context(tmp_path / SERVER_FILE), "desktop")


@pytest.mark.parametrize("name", ["www.example.com", "laptop.example.com", "192.0.2.1"])
def test_a_stolen_ca_key_is_good_for_no_other_public_name(tmp_path, name):
    make(tmp_path, "laptop")
    authority = Identity.from_pem((tmp_path / CA_KEY_FILE).read_text())
    forged = tmp_path / "forged.pem"
    forged.write_text(certificates._issue(authority, frozenset({name}), NOW).to_pem())
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shake_hands(client(tmp_path), server_context(forged), name)


def test_how_long_they_last(tmp_path):
    authority, server = make(tmp_path)
    assert NOW + timedelta(days=3650) < authority.not_valid_after_utc < NOW + timedelta(days=3654)
    assert server.not_valid_after_utc - server.not_valid_before_utc <= timedelta(days=397)
    assert server.not_valid_before_utc < NOW  # clocks differ
    assert authority.not_valid_before_utc < NOW


def test_what_they_may_be_used_for(tmp_path):
    authority, server = make(tmp_path)
    basic = authority.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    assert not server.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert authority.extensions.get_extension_for_class(x509.NameConstraints).critical
    usage = server.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_keys_are_for_their_owner_alone(tmp_path):
    make(tmp_path)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {CA_FILE: 0o644, CA_KEY_FILE: 0o600, SERVER_FILE: 0o600}
    assert "PRIVATE" not in (tmp_path / CA_FILE).read_text()


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_nothing_changes_as_long_as_all_is_well(tmp_path):
    make(tmp_path, "laptop")
    before = contents(tmp_path)
    make(tmp_path, "laptop", now=NOW + 366 * DAY)
    assert contents(tmp_path) == before


def test_the_server_gets_a_new_certificate_a_month_before_the_end(tmp_path):
    authority, server = make(tmp_path)
    same_authority, renewed = make(tmp_path, now=server.not_valid_after_utc - 29 * DAY)
    assert same_authority == authority
    assert renewed.not_valid_after_utc > server.not_valid_after_utc + 300 * DAY
    assert renewed.public_key() != server.public_key()


def test_the_ca_is_replaced_before_it_ends(tmp_path):
    authority, _ = make(tmp_path)
    later = authority.not_valid_after_utc - 396 * DAY
    renewed, server = make(tmp_path, now=later)
    assert renewed != authority
    server.verify_directly_issued_by(renewed)
    assert server.not_valid_after_utc <= renewed.not_valid_after_utc


@pytest.mark.parametrize("name", ["10.1.2.3", "laptop.local", "fd00::1", "mail.internal"])
def test_a_name_that_is_nobodys_in_public_needs_no_new_ca(tmp_path, name):
    authority, _ = make(tmp_path)
    same_authority, server = make(tmp_path, name)
    assert same_authority == authority
    assert names_of(server) == {"localhost", "127.0.0.1", "::1", name}


@pytest.mark.parametrize("name", ["mail.example.com", "192.0.2.7", "2001:db8::1", "mylocal"])
def test_another_name_needs_a_new_ca(tmp_path, name):
    authority, _ = make(tmp_path)
    renewed, server = make(tmp_path, name)
    assert renewed != authority
    assert name in names_of(server)
    shake_hands(client(tmp_path), server_context(tmp_path / SERVER_FILE), name)


def test_a_name_that_is_no_longer_asked_for_goes(tmp_path):
    authority, _ = make(tmp_path, "old.local")
    same_authority, server = make(tmp_path, "new.local")
    assert same_authority == authority
    assert "old.local" not in names_of(server)


@pytest.mark.parametrize("content", ["", "rubbish", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
@pytest.mark.parametrize("name", [CA_FILE, CA_KEY_FILE, SERVER_FILE])
def test_a_file_that_is_gone_or_spoilt_is_made_again(tmp_path, name, content):
    make(tmp_path)
    (tmp_path / name).write_text(content)
    make(tmp_path)
    shake_hands(client(tmp_path), server_context(tmp_path / SERVER_FILE), "localhost")
    (tmp_path / name).unlink()
    make(tmp_path)
    shake_hands(client(tmp_path), server_context(tmp_path / SERVER_FILE), "localhost")


def test_an_authority_that_somebody_else_made_is_not_used(tmp_path):
    _, server = make(tmp_path)
    (tmp_path / CA_KEY_FILE).write_text((tmp_path / SERVER_FILE).read_text())
    authority, renewed = make(tmp_path)
    assert authority != server
    renewed.verify_directly_issued_by(authority)


def test_a_published_ca_that_was_lost_comes_back_as_it_was(tmp_path):
    authority, server = make(tmp_path)
    (tmp_path / CA_FILE).unlink()
    assert make(tmp_path) == (authority, server)


def test_a_key_without_its_certificate_is_not_used(tmp_path):
    """As after a restored backup of the wrong day."""
    (tmp_path / "other").mkdir()
    make(tmp_path)
    make(tmp_path / "other")
    key = (tmp_path / SERVER_FILE).read_text().partition("-----BEGIN CERT")[0]
    mixed = key + (tmp_path / "other" / CA_FILE).read_text()
    assert Identity.from_pem(mixed) is None
