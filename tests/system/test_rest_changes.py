"""What is changed over REST reaches whoever looks at the same mail over IMAP, and back."""

import imaplib

import pytest

from support.rest import Api
from support.smtp import Client

INBOX = "changes@capture.example"
MESSAGE = b"Subject: Sign in\r\nFrom: a@sender.example\r\n\r\nYour verification code is 739204\r\n"


@pytest.fixture
def message_id(server) -> str:
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO changes.example")
        return client.deliver(MESSAGE, INBOX).base + "-0"


def test_one_truth_for_both(server, api: Api, message_id: str) -> None:
    here = f"/addresses/{INBOX}/messages/{message_id}"
    with imaplib.IMAP4(*server.access.imap.address) as imap:
        imap.login(INBOX, server.access.api_key)
        imap.select()

        def flags() -> bytes:
            imap.noop()
            return imap.fetch("1", "(FLAGS)")[1][0]

        assert api.request("PUT", f"{here}/read/true").json["read"] is True
        assert api.request("PUT", f"{here}/labels/Urgent").json["labels"] == ["Urgent"]
        assert api.request("PUT", f"{here}/labels/two%20words").status == 200
        assert api.request("PUT", f"{here}/star").json["savedBy"] == "admin"
        assert b"\\Seen" in flags()
        assert b"Urgent" in flags()
        assert b"\\Flagged" in flags()
        imap.store("1", "FLAGS", "(Later)")
        shown = api.message(INBOX, message_id)
        assert (shown["read"], shown["savedBy"]) == (False, None)
        assert shown["labels"] == ["two words", "Later"]
        assert api.request("PUT", f"{here}/folder/spam").json["folder"] == "spam"
        imap.noop()
        assert imap.response("EXPUNGE")[1] != [None]
        assert imap.select("Junk")[1] == [b"1"]


def test_the_code_of_a_mail_and_where_it_is_found(api: Api, message_id: str) -> None:
    here = f"/addresses/{INBOX}/messages/{message_id}"
    assert [one["code"] for one in api.request("GET", f"{here}/codes").json] == ["739204"]
    assert api.request("GET", f"{here}/attachments").json == []
    for path in ("/inbox", "/inbox-filter?andTo=" + INBOX, "/inbox-search?query=sign%20IN"):
        found = api.request("GET", path).json["messages"]
        assert message_id in [one["_id"] for one in found], path
    ranked = api.request("GET", "/mailstats/top-senders").json
    assert "a@sender.example" in [one["_id"] for one in ranked]
