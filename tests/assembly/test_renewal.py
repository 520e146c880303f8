"""Certificates that end, or are replaced, while the server runs."""

import shutil
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.logger import globalLogPublisher

from mailcap.assembly.certificates import SERVER_FILE, ensure_certificate
from mailcap.assembly.tls import ServerTLS
from mailcap.domain.errors import ConfigurationError
from mailcap.settings import Settings, load

DAY = timedelta(days=1)


class Today:
    """The time, which moves only when told."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def today() -> Today:
    return Today()


@pytest.fixture
def logged():
    """All that is logged meanwhile."""
    events: list[dict] = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


def lines(events: list[dict], level: str) -> list[str]:
    return [
        event["log_format"].format(**event) for event in events if event["log_level"].name == level
    ]


def settings(folder: Path, *options: str) -> Settings:
    folder.mkdir(exist_ok=True)
    return load(data_dir=str(folder), environment={}, options=options)


def serial(tls: ServerTLS) -> int:
    """Return the number of the certificate that a new connection gets."""
    client = SSL.Connection(SSL.Context(SSL.TLS_METHOD), None)
    client.set_connect_state()
    server = tls.serverConnectionForTLS(None)
    server.set_accept_state()
    for _ in range(3):
        for here, there in ((client, server), (server, client)):
            with suppress(SSL.WantReadError):
                here.do_handshake()
            with suppress(SSL.WantReadError):
                there.bio_write(here.bio_read(65536))
    return client.get_peer_certificate(as_cryptography=True).serial_number


class TestTheOwn:
    @pytest.fixture
    def tls(self, folder: Path, today: Today) -> ServerTLS:
        return ServerTLS(settings(folder), now=today)

    def test_it_makes_connections(self, tls: ServerTLS, folder: Path):
        assert IOpenSSLServerConnectionCreator.providedBy(tls)
        assert tls.ca_file == folder / "ca.pem"
        assert serial(tls)

    def test_it_stays_as_long_as_it_lasts(self, tls: ServerTLS, today: Today):
        before, context = serial(tls), tls._options.getContext()
        today.now += 300 * DAY
        tls.renew()
        assert serial(tls) == before
        assert tls._options.getContext() is context  # what clients remember still counts

    def test_it_is_replaced_before_it_ends(self, tls, folder, today, logged):
        first, trusted = serial(tls), (folder / "ca.pem").read_bytes()
        for _ in range(396):  # it looks more often, and has a month to do it
            today.now += DAY
            tls.renew()
        assert serial(tls) != first
        assert (folder / "ca.pem").read_bytes() == trusted
        made, taken = lines(logged, "info")[-2:]
        assert made.startswith("making a certificate for ")
        assert taken == "new connections get the certificate that has been renewed"

    def test_a_folder_that_cannot_be_written_any_more_ends_nothing(
        self, tls, folder, today, logged
    ):
        first = serial(tls)
        shutil.rmtree(folder)
        today.now += 390 * DAY
        tls.renew()
        assert serial(tls) == first
        (line,) = lines(logged, "error")
        assert line.startswith(f"the certificate stays as it was: {folder}")


class TestTheOperators:
    @pytest.fixture
    def pem(self, tmp_path: Path, today: Today) -> Path:
        return self.make(tmp_path / "one", today.now)

    @staticmethod
    def make(folder: Path, now: datetime) -> Path:
        folder.mkdir()
        return ensure_certificate(folder, ["mail.example"], now=now)

    @staticmethod
    def tls(folder: Path, pem: Path, now: Today, *more: str) -> ServerTLS:
        return ServerTLS(
            settings(folder, f"tls.certificate={pem}", f"tls.key={pem}", *more), now=now
        )

    def test_nothing_is_made_beside_it(self, folder, pem, today):
        tls = self.tls(folder, pem, today, "tls.ca=/etc/ca.pem")
        assert tls.ca_file == Path("/etc/ca.pem")
        assert self.tls(folder, pem, today).ca_file is None
        assert list(folder.iterdir()) == []

    def test_a_new_one_in_its_place_is_used_for_new_connections(self, folder, pem, today, tmp_path):
        tls = self.tls(folder, pem, today)
        before = serial(tls)
        tls.renew()
        assert serial(tls) == before
        self.make(tmp_path / "two", today.now).replace(pem)
        assert serial(tls) == before
        tls.renew()
        assert serial(tls) != before

    @pytest.mark.parametrize("content", ["", "rubbish", None])
    def test_one_that_will_not_do_is_not_used(self, folder, pem, today, logged, content):
        tls = self.tls(folder, pem, today)
        before = serial(tls)
        if content is None:
            pem.unlink()
        else:
            pem.write_text(content)
        tls.renew()
        assert serial(tls) == before
        (line,) = lines(logged, "error")
        assert line.startswith(f"the certificate stays as it was: tls.certificate: {pem}")

    @pytest.mark.parametrize("days", [-2, 398])
    def test_one_that_is_not_valid_today_serves_with_a_warning(
        self, folder, pem, today, logged, days
    ):
        today.now += days * DAY
        tls = self.tls(folder, pem, today)
        assert serial(tls)
        (line,) = lines(logged, "warn")
        assert line.startswith(f"tls.certificate: {pem}: CN=mailcap is valid from 20")
        assert list(folder.iterdir()) == []

    def test_one_that_is_valid_is_not_worth_a_word(self, folder, pem, today, logged):
        self.tls(folder, pem, today)
        assert logged == []

    def test_an_expired_link_of_the_chain_is_named(self, folder, pem, today, logged, tmp_path):
        old = self.make(tmp_path / "old", today.now - 4000 * DAY).with_name("ca.pem")
        chain = tmp_path / "chain.pem"
        chain.write_text(pem.read_text() + old.read_text())
        self.tls(folder, pem, today, f"tls.certificate={chain}")
        (line,) = lines(logged, "warn")
        assert "CN=mailcap's own CA of" in line


def test_a_daemon_with_an_expired_certificate_starts_and_says_so(daemon, tmp_path):
    (tmp_path / "own").mkdir()
    pem = ensure_certificate(tmp_path / "own", [], now=datetime.now(UTC) - 500 * DAY)
    ca = pem.with_name("ca.pem")
    server = daemon(settings={"tls.certificate": pem, "tls.key": pem, "tls.ca": ca})
    assert f"tls.certificate: {pem}: CN=mailcap is valid from" in str(server.log)
    trust = ssl.create_default_context(cafile=ca)
    with (
        socket.create_connection(server.access.submissions.address, timeout=60) as plain,
        pytest.raises(ssl.SSLCertVerificationError, match="expired"),
    ):
        trust.wrap_socket(plain, server_hostname="localhost")


def test_a_key_of_another_certificate_stops_the_start(folder, tmp_path, today):
    one = TestTheOperators.make(tmp_path / "one", today.now)
    two = TestTheOperators.make(tmp_path / "two", today.now)
    with pytest.raises(ConfigurationError, match=rf"^tls.key: {two} does not belong"):
        ServerTLS(settings(folder, f"tls.certificate={one}", f"tls.key={two}"))
    assert not (folder / SERVER_FILE).exists()
