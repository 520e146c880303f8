"""Programs that people fetch mail with get all of it, once, in clear and over TLS."""

import poplib
import ssl
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from zlib import crc32

import pytest

from support.imap import imaplib_client, run, search
from support.programs import find
from support.smtp import Client

BODIES = [
    b"From: Sender <from@sender.example>\r\n"
    b"To: Somebody Else <not-the-envelope@header.example>\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= number %d\r\n"
    b"Date: Sat, 21 Nov 2026 10:20:30 +0000\r\n"
    b"Message-ID: <%d@sender.example>\r\n"
    b"\r\n"
    b".a line that begins with a dot\r\n"
    b".\r\n"
    b"+OK fake\r\n"
    b"Gr\xc3\xbc\xc3\x9fe from \xe6\x9d\xb1\xe4\xba\xac\t \r\n"
    b"\r\n"
    b"%b\r\n" % (number, number, b"x" * 70 * number)
    for number in range(3)
]
WAYS = ("plain", "stls", "pop3s")


@pytest.fixture
def inbox(server, request) -> str:
    """An address of the test's own, reserved for the account that everything logs in to."""
    # It is short: getmail folds long lines of a header block anew.
    address = f"box{crc32(request.node.name.encode())}@example.com"
    server.command("address", "reserve", address, "--account", "admin")
    return address


@pytest.fixture
def deliver(server, api, inbox) -> Callable[..., list[bytes]]:
    """A function that sends messages to `inbox` and returns them as the API has them."""

    def deliver(*bodies: bytes) -> list[bytes]:
        with Client(server.access.smtp) as sender:
            sender.expect(250, "EHLO client.example")
            ids = [f"{sender.deliver(body, inbox).base}-0" for body in bodies]
        return [api.raw(inbox, message_id) for message_id in ids]

    return deliver


@pytest.fixture(params=WAYS)
def way(request) -> str:
    return request.param


@pytest.fixture
def client(server, trust, inbox, deliver, way) -> Iterator[poplib.POP3]:
    """A client of poplib's that has logged in to `inbox`, which has `BODIES`."""
    client = connect(server, trust, way)
    client.messages = deliver(*BODIES)
    client.user(inbox)
    client.pass_(server.access.pop3.password)
    yield client
    client.close()


def connect(server, trust: ssl.SSLContext, way: str) -> poplib.POP3:
    if way == "pop3s":
        return poplib.POP3_SSL(*server.access.pop3s.address, context=trust, timeout=60)
    client = poplib.POP3(*server.access.pop3.address, timeout=60)
    if way == "stls":
        assert "STLS" in client.capa()
        client.stls(trust)
        assert "STLS" not in client.capa()
    return client


def whole(client: poplib.POP3, number: int) -> bytes:
    _, lines, octets = client.retr(number)
    message = b"".join(line + b"\r\n" for line in lines)
    assert len(message) == octets == int(client.list(number).split()[2])
    return message


def test_poplib_does_all_that_it_can(client, server, api, inbox):
    assert client.stat() == (3, sum(map(len, client.messages)))
    assert [whole(client, number) for number in (1, 2, 3)] == client.messages
    head, _, _ = client.messages[0].partition(b"\r\n\r\n")
    assert client.top(1, 0)[1] == [*head.split(b"\r\n"), b""]
    ids = [line.split()[1] for line in client.uidl()[1]]
    assert client.uidl(3).split()[2] == ids[2]
    client.dele(1)
    client.rset()
    client.dele(2)
    assert len(client.list()[1]) == 2
    with imaplib_client(server.access, inbox) as other:
        other.select("INBOX", readonly=True)
        assert len(search(other, "ALL")) == 3
        assert client.quit() == b"+OK Bye"
        other.noop()
        assert len(search(other, "ALL")) == 2
        assert len(search(other, "SEEN")) == 2
    assert [message["read"] for message in api.messages(inbox)] == [True, True]


def test_poplib_is_told_why_it_is_not_in(server, trust, inbox, way):
    client = connect(server, trust, way)
    client.user(inbox)
    with pytest.raises(poplib.error_proto, match=r"-ERR \[AUTH\] "):
        client.pass_("wrong")
    client.user(inbox)
    client.pass_(server.access.pop3.password)
    second = connect(server, trust, way)
    second.user(inbox)
    with pytest.raises(poplib.error_proto, match=r"-ERR \[IN-USE\] "):
        second.pass_(server.access.pop3.password)
    client.quit()
    second.user(inbox)
    second.pass_(server.access.pop3.password)
    second.quit()


def test_a_message_that_others_delete(client, api, inbox):
    newest = api.messages(inbox)[0]["_id"]
    assert api.delete(inbox, newest).status == 200
    with pytest.raises(poplib.error_proto, match="deleted elsewhere"):
        client.retr(3)
    assert whole(client, 2) == client.messages[1]
    client.dele(3)
    client.dele(1)
    client.quit()
    assert len(api.messages(inbox)) == 1


def test_a_killed_daemon_deletes_nothing_and_locks_nothing(daemon, store_url):
    server = daemon(database=store_url)
    with Client(server.access.smtp) as sender:
        sender.expect(250, "EHLO client.example")
        for body in BODIES:
            sender.deliver(body, "killed@example.com")
    told = None
    for _ in range(2):
        client = poplib.POP3(*server.access.pop3.address, timeout=60)
        client.user("killed@example.com")
        client.pass_(server.access.pop3.password)
        assert told in (None, client.uidl()[1])
        told = client.uidl()[1]
        client.dele(1)
        server.kill()
        client.close()
        server.start()
    assert len(told) == 3


@pytest.mark.programs("curl")
def test_curl_lists_and_fetches(server, inbox, deliver, tmp_path, way):
    messages = deliver(*BODIES)
    service = server.access.pop3s if way == "pop3s" else server.access.pop3
    place = f"{'pop3s' if way == 'pop3s' else 'pop3'}://{service.host}:{service.port}"
    words = [find("curl"), "-sS", "--cacert", server.access.ca_file, "--user"]
    words += [f"{inbox}:{service.password}", *(["--ssl-reqd"] if way == "stls" else [])]
    listed = run([*words, f"{place}/"], home=tmp_path).split(b"\r\n")
    assert listed[:3] == [b"%d %d" % (n, len(one)) for n, one in enumerate(messages, 1)]
    for number, message in enumerate(messages, 1):
        assert run([*words, f"{place}/{number}"], home=tmp_path) == message
    run([*words, "--request", "DELE 2", "--head", f"{place}/"], home=tmp_path)
    assert len(run([*words, f"{place}/"], home=tmp_path).split()) == 4


# Keeps what a program hands over.
MDA = """\
import sys, time
open(f"{home}/mail/new/{{time.time_ns()}}", "wb").write(sys.stdin.buffer.read())
"""
FETCHMAIL = """\
set invisible
set no bouncemail
set no spambounce
poll localhost protocol pop3 service {port} auth password uidl
  user "{user}" there with password "{password}"
  keep no rewrite mda "{python} {home}/mda" {tls}
"""
MPOP = """\
account default
host localhost
port {port}
user {user}
password {password}
auth {auth}
delivery maildir {home}/mail
uidls_file {home}/uidls
keep on
received_header off
{tls}
"""
GETMAIL = """\
[retriever]
type = {type}
server = localhost
port = {port}
username = {user}
password = {password}
{tls}
[destination]
type = MDA_external
path = {python}
arguments = ("{home}/mda",)
allow_root_commands = true
[options]
read_all = false
delete = false
delivered_to = false
received = false
"""
TLS = {
    "fetchmail": {
        "plain": "sslproto ''",
        "stls": "sslproto 'TLS1.2+' sslcertck sslcertfile {ca}",
        "pop3s": "ssl sslproto 'TLS1.2+' sslcertck sslcertfile {ca}",
    },
    "mpop": {
        "plain": "tls off",
        "stls": "tls on\ntls_starttls on\ntls_trust_file {ca}",
        "pop3s": "tls on\ntls_starttls off\ntls_trust_file {ca}",
    },
    "getmail": {"plain": "", "pop3s": "ca_certs = {ca}"},
}
FETCHERS = [
    pytest.param(name, way, id=f"{name}-{way}", marks=pytest.mark.programs(name))
    for name, ways in TLS.items()
    for way in ways
]


@pytest.fixture
def fetch(server, inbox, tmp_path) -> Callable[[str, str], list[bytes]]:
    """A function that has a program fetch what is new, and returns all that it has so far."""
    for part in ("cur", "new", "tmp"):
        (tmp_path / "mail" / part).mkdir(parents=True)

    def fetch(program: str, way: str) -> list[bytes]:
        service = server.access.pop3s if way == "pop3s" else server.access.pop3
        settings = {
            "port": service.port,
            "user": inbox,
            "password": service.password,
            "home": tmp_path,
            "tls": TLS[program][way].format(ca=server.access.ca_file),
            "python": sys.executable,
            "auth": "plain" if way == "plain" else "user",
            "type": "SimplePOP3SSLRetriever" if way == "pop3s" else "SimplePOP3Retriever",
        }
        (tmp_path / "mda").write_text(MDA.format_map(settings))
        PROGRAMS[program](tmp_path, settings)
        return sorted(path.read_bytes() for path in (tmp_path / "mail" / "new").iterdir())

    return fetch


def _fetchmail(home: Path, settings: dict) -> None:
    _write(home / "settings", FETCHMAIL, settings)
    words = [find("fetchmail"), "-f", f"{home}/settings", "-i", f"{home}/ids", "--nodetach"]
    # It says by its status whether there was anything.
    run(["sh", "-c", '"$@" || [ $? = 1 ]', "sh", *words, "--nosyslog"], home=home)


def _mpop(home: Path, settings: dict) -> None:
    _write(home / "settings", MPOP, settings)
    run([find("mpop"), f"--file={home}/settings"], home=home)


def _getmail(home: Path, settings: dict) -> None:
    _write(home / "settings", GETMAIL, settings)
    run([find("getmail"), f"--getmaildir={home}", "--rcfile=settings"], home=home)


PROGRAMS = {"fetchmail": _fetchmail, "mpop": _mpop, "getmail": _getmail}


def _write(path: Path, text: str, settings: dict) -> None:
    path.write_text(text.format_map(settings))
    path.chmod(0o600)


def lines(octets: bytes) -> bytes:
    """Return a message with the line ends that a maildir has."""
    return octets.replace(b"\r\n", b"\n")


@pytest.mark.parametrize(("program", "way"), FETCHERS)
def test_what_stays_on_the_server_is_fetched_once(program, way, deliver, fetch):
    messages = deliver(*BODIES)
    assert fetch(program, way) == sorted(map(lines, messages))
    assert fetch(program, way) == sorted(map(lines, messages))
    messages += deliver(BODIES[0])
    assert fetch(program, way) == sorted(map(lines, messages))
