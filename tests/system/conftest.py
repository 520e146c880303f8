"""One daemon for the tests of a module that leave nothing behind for each other."""

import resource
import ssl
from collections.abc import Iterator

import pytest

from support.daemon import Daemon
from support.rest import Api


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Daemon]:
    """A running daemon on SQLite.

    Its settings are those it has out of the box, but for the module's ``SETTINGS``.
    """
    settings = getattr(request.module, "SETTINGS", None)
    daemon = Daemon(data_dir=tmp_path_factory.mktemp("mailcap") / "data", settings=settings)
    daemon.start()
    yield daemon
    daemon.stop()
    assert not daemon.troubles(), "".join(daemon.troubles())


@pytest.fixture
def api(server: Daemon) -> Api:
    """The API of `server`."""
    return Api(server.access)


@pytest.fixture
def trust(server: Daemon) -> ssl.SSLContext:
    """What a client needs to trust the certificate that `server` made."""
    return ssl.create_default_context(cafile=server.access.ca_file)


@pytest.fixture
def enough_files() -> Iterator[None]:
    """The connections of this process need as many files as it may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
