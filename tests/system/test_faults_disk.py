"""The disk is full: senders are put off until there is room, and readers notice nothing."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from support.counting import check
from support.daemon import Daemon, family
from support.disks import Disk, small_disk
from support.imap import imaplib_client, ok
from support.load import PersistentLoad
from support.rest import Api

CONNECTIONS = 10
KIBI = 1024
INBOX = "full.0@load.example"


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def disk() -> Iterator[Disk]:
    with small_disk("32m") as disk:
        yield disk


@pytest.fixture
def url_on_disk(kind: str, disk: Disk, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database on that disk."""
    if kind == "sqlite":
        yield f"sqlite:///{disk.folder}/mailcap.db"
        return
    postgres = request.getfixturevalue("postgres_server")
    url = postgres.create_database(folder=disk.folder)
    yield url
    postgres.drop_database(url)


def test_a_full_disk_puts_off_senders_only(url_on_disk, disk, daemon):
    server = daemon(database=url_on_disk)
    disk.fill(leave=512 * KIBI)
    load = PersistentLoad(server.access.smtp, connections=CONNECTIONS, label="full")
    load.wait_for_refusals(50)
    assert load.refusals.keys() == {"452 4.3.1"}
    read_everything(server)
    disk.make_room()
    finish(server, load)
    assert "Make room on the disk" in server.log.find("Writing to the database fails")


def test_a_file_that_may_not_grow(tmp_path, daemon):
    """As where a quota is used up: SQLite knows no name for that, so it is 451."""
    server = daemon(database=f"sqlite:///{tmp_path}/mailcap.db")
    load = PersistentLoad(server.access.smtp, connections=CONNECTIONS, label="full")
    load.wait_for_acknowledged(50)
    with limited_files(server, 300 * KIBI):
        load.wait_for_refusals(50)
        assert load.refusals.keys() == {"451 4.3.0"}
        read_everything(server)
    finish(server, load)


def read_everything(server: Daemon) -> None:
    """Read as people do who notice nothing."""
    assert Api(server.access).messages(INBOX)
    with imaplib_client(server.access, INBOX) as client:
        (number,) = ok(client.select(readonly=True))
        assert ok(client.fetch(number.decode(), "(BODY.PEEK[])"))[0][1].startswith(b"Return-Path")


def finish(server: Daemon, load: PersistentLoad) -> None:
    load.wait_for_more(100)
    assert server.log.wait_for("Writing to the database works again")
    load.stop()
    check(Api(server.access), load)
    assert str(server.log).count("to the database") == 2


@contextmanager
def limited_files(server: Daemon, size: int) -> Iterator[None]:
    """Let the daemon make no file larger than *size*."""
    for process in family(server.pid):
        resource.prlimit(process, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    yield
    unlimited = (resource.RLIM_INFINITY,) * 2
    for process in family(server.pid):
        resource.prlimit(process, resource.RLIMIT_FSIZE, unlimited)
