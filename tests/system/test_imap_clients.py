"""Programs that people read mail with find all of it, and what they change is changed."""

import re
import smtplib
import time
from collections.abc import Callable, Iterator
from imaplib import IMAP4
from pathlib import Path
from statistics import median

import pytest
from imapclient import IMAPClient

from support.imap import (
    files,
    flags,
    imaplib_client,
    maildir,
    mark,
    ok,
    run,
    run_on_a_terminal,
    search,
    whole,
)
from support.programs import find
from support.smtp import Client

BODY = (
    b"From: Sender <from@sender.example>\r\n"
    b"To: Somebody Else <not-the-envelope@header.example>\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= number one\r\n"
    b"Date: Sat, 21 Nov 2026 10:20:30 +0000\r\n"
    b"Message-ID: <one@sender.example>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n"
    b"\r\n"
    b".a line that begins with a dot\r\n"
    b".\r\n"
    b"From the beginning of a line\r\n"
    b"Gr\xc3\xbc\xc3\x9fe from \xe6\x9d\xb1\xe4\xba\xac\t \r\n"
    b"\r\n"
    b"https://example.com/confirm?code=739204\r\n"
)
OTHER = BODY.replace(b" number one", b" number two").replace(b"<one@", b"<two@")
FOLDERS = {"INBOX", "Sent", "Drafts", "Junk", "Trash", "Archive"}


@pytest.fixture
def inbox(server, request) -> str:
    """An address of the test's own, reserved for the account that everything logs in to."""
    name = re.sub(r"[\W_]+", "-", request.node.name.removeprefix("test_")).strip("-")
    address = f"{name[:64]}@example.com"
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


@pytest.fixture
def client(server, inbox) -> Iterator[IMAP4]:
    """A client of imaplib's that has logged in to `inbox`."""
    with imaplib_client(server.access, inbox) as client:
        yield client


def test_imaplib_does_all_that_it_can(client, api, inbox):
    ok(client.append("INBOX", "(\\Flagged)", None, BODY))
    (message,) = api.messages(inbox)
    assert ok(client.select("INBOX")) == [b"1"]
    assert whole(client, 1) == api.raw(inbox, message["_id"]) == BODY
    assert flags(client, 1) == {"\\Flagged"}
    assert not api.messages(inbox)[0]["read"]
    ok(client.store("1", "+FLAGS", "(\\Seen)"))
    assert api.messages(inbox)[0]["read"]
    assert search(client, "FLAGGED", "SUBJECT", "Number") == [1]
    assert search(client, "UNSEEN") == []
    ok(client.copy("1", "Archive"))
    ok(client.store("1", "+FLAGS", "(\\Deleted)"))
    assert ok(client.expunge()) == [b"1"]
    assert search(client, "ALL") == []
    assert message["_id"] not in {each["_id"] for each in api.messages(inbox)}
    assert ok(client.select("Archive", readonly=True)) == [b"1"]
    assert flags(client, 1) == {"\\Flagged", "\\Seen"}
    assert whole(client, 1) == BODY


def test_imaplib_logs_in_to_the_account_and_finds_every_inbox(server, deliver, inbox):
    (message,) = deliver(BODY)
    with imaplib_client(server.access, server.access.imap.username) as client:
        names = {line.decode().rpartition(' "/" ')[2].strip('"') for line in ok(client.list())}
        assert names >= FOLDERS | {inbox}
        ok(client.select(inbox))
        assert whole(client, 1) == message
        ok(client.create("Projects/2026"))
        ok(client.copy("1", "Projects/2026"))
        assert ok(client.select("Projects/2026")) == [b"1"]
        assert whole(client, 1) == message


def test_a_wrong_password_lets_nobody_in(server, trust, inbox):
    service = server.access.imap
    with IMAPClient(*service.address, ssl=False, timeout=60) as client:
        client.starttls(trust)
        with pytest.raises(IMAPClient.Error, match="AUTHENTICATIONFAILED"):
            client.login(inbox, "wrong")


def test_imapclient_is_told_of_a_message_at_once(server, trust, inbox):
    service = server.access.imaps
    late = []
    with IMAPClient(*service.address, ssl_context=trust, timeout=60) as client:
        client.login(inbox, service.password)
        assert client.select_folder("INBOX")[b"EXISTS"] == 0
        client.idle()
        with smtplib.SMTP(*server.access.smtp.address, timeout=60) as sender:
            for number in range(1, 11):
                sender.sendmail("from@sender.example", [inbox], BODY)
                sent = time.monotonic()
                told = []
                while (number, b"EXISTS") not in told:
                    more = client.idle_check(timeout=60)
                    assert more, f"nothing was said of message {number}: {told}"
                    told += more
                late.append(time.monotonic() - sent)
        assert client.idle_done()[0].startswith(b"IDLE")
    assert median(late) < 0.5, late


def test_imapclient_reads_envelopes_and_moves(server, trust, deliver, inbox):
    first, second = deliver(BODY, OTHER)
    service = server.access.imap
    with IMAPClient(*service.address, ssl=False, timeout=60) as client:
        client.starttls(trust)
        client.login(inbox, service.password)
        assert {name for _, _, name in client.list_folders()} == FOLDERS
        assert client.select_folder("INBOX")[b"EXISTS"] == 2
        one = client.fetch([1], ["ENVELOPE", "FLAGS", "RFC822.SIZE", "BODYSTRUCTURE"])[1]
        envelope = one[b"ENVELOPE"]
        assert envelope.subject == b"=?utf-8?q?Gr=C3=BC=C3=9Fe?= number one"
        assert envelope.message_id == b"<one@sender.example>"
        assert str(envelope.from_[0]) == "Sender <from@sender.example>"
        assert str(envelope.to[0]) == "Somebody Else <not-the-envelope@header.example>"
        assert one[b"RFC822.SIZE"] == len(first)
        assert one[b"BODYSTRUCTURE"][:2] == (b"text", b"plain")
        assert client.add_flags([1], ["\\Seen", "work"])[1][:2] == (b"\\Seen", b"work")
        assert client.get_flags([1, 2])[2] == (b"\\Recent",)
        assert client.search(["KEYWORD", "work"]) == [1]
        client.move([1], "Archive")
        assert client.search() == [2]
        assert client.fetch([2], ["BODY.PEEK[]"])[2][b"BODY[]"] == second
        assert client.folder_status("Archive", ["MESSAGES", "UNSEEN"]) == {
            b"MESSAGES": 1,
            b"UNSEEN": 0,
        }
        client.select_folder("Archive")
        assert client.get_flags([1])[1][:2] == (b"\\Seen", b"work")


@pytest.fixture
def curl(server, inbox, tmp_path) -> Callable[..., bytes]:
    """A function that runs curl for a path of `inbox` and returns what it prints."""

    def curl(role: str, path: str, *options: str) -> bytes:
        service = getattr(server.access, role)
        words = [find("curl"), "--silent", "--show-error", "--ssl-reqd", *options]
        words += ["--cacert", server.access.ca_file, "--user", f"{inbox}:{service.password}"]
        return run([*words, f"{role}://{service.host}:{service.port}/{path}"], home=tmp_path)

    return curl


@pytest.mark.programs("curl")
@pytest.mark.parametrize("role", ["imap", "imaps"])
def test_curl_lists_and_fetches(deliver, curl, role):
    first, second = deliver(BODY, OTHER)
    listed = curl(role, "").decode().splitlines()
    assert {line.rpartition(" ")[2].strip('"') for line in listed} == FOLDERS
    assert curl(role, "INBOX;UID=1") == first
    assert curl(role, "INBOX;MAILINDEX=2") == second
    assert curl(role, "INBOX;UID=2;SECTION=HEADER.FIELDS%20(MESSAGE-ID)") == (
        b"Message-ID: <two@sender.example>\r\n\r\n"
    )
    assert curl(role, "INBOX?SUBJECT%20two") == b"* SEARCH 2\r\n"


@pytest.mark.programs("curl")
@pytest.mark.parametrize("role", ["imap", "imaps"])
def test_curl_uploads_and_says_any_command(api, inbox, curl, tmp_path, role):
    (tmp_path / "new.eml").write_bytes(BODY)
    curl(role, "INBOX", "--upload-file", "new.eml")
    (message,) = api.messages(inbox)
    assert api.raw(inbox, message["_id"]) == BODY
    assert message["read"]  # as curl says of what it uploads
    said = curl(role, "INBOX", "--request", "STORE 1 -FLAGS (\\Seen)")
    assert said.startswith(b"* 1 FETCH (")
    assert not api.messages(inbox)[0]["read"]
    curl(role, "", "--request", "CREATE Projects")
    curl(role, "INBOX", "--request", "MOVE 1 Projects")
    assert curl(role, "INBOX?ALL") == b"* SEARCH\r\n"
    assert curl(role, "Projects;UID=1") == BODY


CONFIGURATIONS = {
    "mbsync": """
        IMAPAccount mailcap
        Host localhost
        Port {port}
        User {login}
        Pass {key}
        SSLType STARTTLS
        SystemCertificates no
        CertificateFile {ca_file}

        IMAPStore there
        Account mailcap

        MaildirStore here
        Path {here}/
        Inbox {here}/INBOX
        SubFolders Verbatim

        Channel mail
        Far :there:
        Near :here:
        Patterns *
        Create Both
        Expunge Both
        SyncState *
    """,
    "offlineimap": """
[general]
accounts = mailcap
metadata = {here}/../metadata

[Account mailcap]
localrepository = here
remoterepository = there

[Repository here]
type = Maildir
localfolders = {here}

[Repository there]
type = IMAP
remotehost = localhost
remoteport = {secure_port}
remoteuser = {login}
remotepass = {key}
ssl = yes
sslcacertfile = {ca_file}
    """,
}
OPTIONS = {
    "mbsync": ["--config", "settings", "--all"],
    "offlineimap": ["-c", "settings", "-o", "-u", "quiet"],
}
SYNCHRONISERS = [
    pytest.param(name, id=name, marks=pytest.mark.programs(name)) for name in CONFIGURATIONS
]


@pytest.fixture
def synchronise(server, inbox, tmp_path, request) -> Callable[[], None]:
    """A function that brings maildirs in `tmp_path` and the mailboxes of `inbox` in step."""
    program = request.param
    settings = {
        "here": tmp_path / "mail",
        "port": server.access.imap.port,
        "secure_port": server.access.imaps.port,
        "login": inbox,
        "key": server.access.imap.password,
        "ca_file": server.access.ca_file,
    }
    (tmp_path / "mail").mkdir()
    (tmp_path / "settings").write_text(CONFIGURATIONS[program].format_map(settings))
    words = [find(program), *OPTIONS[program]]
    return lambda: run(words, home=tmp_path)


@pytest.mark.parametrize("synchronise", SYNCHRONISERS, indirect=True)
def test_a_maildir_has_what_the_inbox_has(deliver, synchronise, tmp_path):
    messages = deliver(BODY, OTHER)
    synchronise()
    mail = tmp_path / "mail"
    assert {each.name for each in mail.iterdir()} == FOLDERS
    assert _copies(mail / "INBOX") == sorted(messages)
    before = files(mail)
    synchronise()
    assert files(mail) == before


@pytest.mark.parametrize("synchronise", SYNCHRONISERS, indirect=True)
def test_flags_travel_between_a_maildir_and_the_inbox(client, deliver, synchronise, tmp_path):
    here = tmp_path / "mail/INBOX"
    deliver(BODY, OTHER)
    synchronise()
    mark(here, _name(here, b"<one@"), "S")
    ok(client.select("INBOX"))
    ok(client.uid("STORE", "2", "+FLAGS", "(\\Flagged)"))
    synchronise()
    assert _marks(here) == {b"<one@": "S", b"<two@": "F"}
    assert flags(client, 1) == {"\\Seen"}
    assert flags(client, 2) == {"\\Flagged"}
    mark(here, _name(here, b"<two@"), "")
    ok(client.uid("STORE", "1", "+FLAGS", "(\\Answered)"))
    synchronise()
    assert _marks(here) == {b"<one@": "RS", b"<two@": ""}
    assert flags(client, 2) == set()


@pytest.mark.parametrize("synchronise", SYNCHRONISERS, indirect=True)
def test_messages_come_and_go_on_both_sides(client, api, inbox, synchronise, tmp_path):
    here = tmp_path / "mail/INBOX"
    synchronise()
    (here / "new/one.host").write_bytes(BODY.replace(b"\r\n", b"\n"))
    (here / "cur/two.host:2,S").write_bytes(OTHER.replace(b"\r\n", b"\n"))
    synchronise()
    ok(client.select("INBOX"))
    ((one,), (two,)) = (search(client, "SUBJECT", word) for word in ("one", "two"))
    assert _without_marks(whole(client, one)) == BODY
    assert _without_marks(whole(client, two)) == OTHER
    assert flags(client, one) == set()
    assert flags(client, two) == {"\\Seen"}
    assert len(api.messages(inbox)) == 2

    (here / _name(here, b"<one@")).unlink()
    ok(client.uid("MOVE", str(two), "Archive"))
    synchronise()
    assert maildir(here) == {}
    assert _marks(tmp_path / "mail/Archive") == {b"<two@": "S"}
    assert [each["subject"] for each in api.messages(inbox)] == ["Grüße number two"]


@pytest.fixture
def mutt(server, inbox, tmp_path) -> Callable[..., str]:
    """A function that runs mutt on the INBOX of `inbox`, typing for it, until it quits."""
    service = server.access.imaps
    place = f"imaps://{service.host}:{service.port}"
    (tmp_path / "muttrc").write_text(
        f"""
        set imap_user="{inbox}" imap_pass="{service.password}" folder="{place}/"
        set spoolfile=+INBOX record=+Sent postponed=+Drafts mbox_type=Maildir
        set certificate_file="{server.access.ca_file}" tmpdir="{tmp_path}"
        set header_cache="{tmp_path}/headers" imap_condstore=yes imap_qresync=yes
        set confirmappend=no confirmcreate=no delete=yes move=no quit=yes mark_old=no sleep_time=0
        """
    )
    (tmp_path / "headers").mkdir()
    words = [find("mutt"), "-n", "-F", "muttrc", "-f", f"{place}/INBOX"]

    def mutt(*keys: str) -> str:
        push = f"push '{''.join(keys)}<sync-mailbox><quit>'"
        return run_on_a_terminal([*words, "-e", push], home=tmp_path)

    return mutt


@pytest.mark.programs("mutt")
def test_mutt_copies_and_files(client, deliver, mutt, tmp_path):
    one, two = deliver(BODY, OTHER)
    mutt(
        "<tag-pattern>~s number<enter>",
        "<tag-prefix><copy-message>copies<enter>",
        "<untag-pattern>~A<enter>",
        "<limit>~s two<enter>",
        "<save-message>=Archive<enter>",
        "<limit>~A<enter>",
    )
    assert _copies(tmp_path / "copies") == sorted([one, two])
    ok(client.select("INBOX"))
    assert search(client, "ALL") == [1]
    ok(client.select("Archive"))
    assert whole(client, 1) == two


@pytest.mark.programs("mutt")
def test_mutt_catches_up_with_what_it_remembers(client, deliver, mutt):
    deliver(BODY, OTHER)
    mutt("<limit>~s one<enter>", "<set-flag>!")
    ok(client.select("INBOX"))
    assert flags(client, 1) == {"\\Flagged"}
    assert flags(client, 2) == set()
    ok(client.uid("STORE", "2", "+FLAGS", "(\\Answered)"))
    ok(client.uid("STORE", "1", "+FLAGS", "(\\Deleted)"))
    ok(client.expunge())
    deliver(BODY)
    mutt("<tag-pattern>~Q<enter>", "<tag-prefix><set-flag>!", "<untag-pattern>~A<enter>")
    ok(client.select("INBOX"))
    assert search(client, "ALL") == [2, 3]
    assert search(client, "FLAGGED") == [2]


def _name(folder: Path, text: bytes) -> str:
    """Return the name of the one message of a maildir that has *text*."""
    (name,) = (name for name, octets in maildir(folder).items() if text in octets)
    return name


def _copies(folder: Path) -> list[bytes]:
    """Return the messages of a maildir as a server has them, sorted."""
    found = (_without_marks(octets) for octets in maildir(folder).values())
    return sorted(octets.replace(b"\n", b"\r\n") for octets in found)


def _marks(folder: Path) -> dict[bytes, str]:
    """Return the flags of each message of a maildir, by how its Message-ID begins."""
    return {
        re.search(rb"(?mi)^Message-ID: (<\w+@)", octets)[1]: name.partition(":2,")[2]
        for name, octets in maildir(folder).items()
    }


def _without_marks(octets: bytes) -> bytes:
    """Return a message without the lines that mbsync and mutt add to their copies."""
    return re.sub(rb"(?m)^(X-TUID|Content-Length|Lines|Status): .*\n", b"", octets)
