"""Each method of Mailsac's official client, told nothing but where the server is.

The script is `node/mailsac.js`; it runs once, and the tests are about what came of it.
"""

import base64
import json
import re
import subprocess
from datetime import UTC, datetime
from hashlib import md5

import pytest

from support.daemon import Daemon
from support.programs import NODE_FOLDER, find
from support.smtp import Client

pytestmark = pytest.mark.programs("node", "@mailsac/api")

SETTINGS = {"throttling.denied_senders": "denied.example"}

RESERVED = "sdk@capture.example"
PUBLIC = "sdk-public@capture.example"
OWNED = "any@sdk.example"

PHOTO = bytes(range(256))
COMMON = b"the same for everybody\r\n"
PLAIN = (
    b"From: Ann <ann@sender.example>\r\n"
    b"To: <sdk@capture.example>\r\n"
    b"Subject: sdk plain\r\n"
    b"\r\n"
    b":)\r\n"
)
RICH = (
    b"From: Ann <ann@sender.example>\r\n"
    b"To: Bob <sdk@capture.example>\r\n"
    b"Subject: sdk rich\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n"
    b"\r\n"
    b"--b\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n"
    b"\r\n"
    b"<p>Check out <a href='https://example.com'>my website</a></p><script>run()</script>\r\n"
    b"--b\r\n"
    b"Content-Type: image/png\r\n"
    b'Content-Disposition: attachment; filename="photo.png"\r\n'
    b"Content-ID: <photo@sdk.example>\r\n"
    b"Content-Transfer-Encoding: base64\r\n"
    b"\r\n" + base64.encodebytes(PHOTO).replace(b"\n", b"\r\n") + b"--b--\r\n"
)
SHARED = (
    b"From: Ann <ann@sender.example>\r\n"
    b"Subject: sdk shared\r\n"
    b"Content-Type: text/plain\r\n"
    b"Content-Disposition: attachment; filename=same.txt\r\n"
    b"\r\n" + COMMON
)
# What the specification has only to describe WebSockets and webhooks: there is no such route.
PLACEHOLDERS = {"webSockets.doNotUseWebSocketDocsOnly", "webhooks.doNotUseWebhookDocsOnly"}


@pytest.fixture(scope="module")
def ids(server: Daemon) -> dict[str, str]:
    """The ids of the messages that are there before the script begins, beside a domain."""
    server.command("domain", "add", "sdk.example")
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO client.example")
        bases = {"plain": client.deliver(PLAIN, RESERVED).base}
        bases["rich"] = client.deliver(RICH, "SDK+tag@capture.example").base
        bases["public"] = client.deliver(SHARED, PUBLIC).base
        bases["owned"] = client.deliver(PLAIN, OWNED).base
    return {name: f"{base}-0" for name, base in bases.items()}


@pytest.fixture(scope="module")
def told(server: Daemon, ids: dict[str, str]) -> dict:
    """What the script prints."""
    order = {
        "baseURL": server.access.api_url,
        "key": server.access.api_key,
        "ids": ids,
    }
    done = subprocess.run(
        [find("node"), NODE_FOLDER / "mailsac.js"],
        check=False,
        input=json.dumps(order),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Answers(list):
    """The answers to one method, in their order."""

    @property
    def statuses(self) -> list[int]:
        return [answer["status"] for answer in self]

    @property
    def data(self) -> list:
        return [answer["data"] for answer in self]


@pytest.fixture
def answers(told):
    """A function that returns the `Answers` to the named method."""
    return lambda method: Answers(told["answers"][method])


def days_old(iso: str) -> int:
    return (datetime.now(UTC) - datetime.fromisoformat(iso)).days


def test_no_method_is_left_out(told):
    assert len(told["methods"]) == len(set(told["methods"])) == 47
    assert set(told["methods"]) - PLACEHOLDERS == told["answers"].keys()


class TestAccount:
    def test_user(self, answers):
        found = answers("account.user")
        assert found.statuses == [200, 401]
        me, refusal = found.data
        assert (me["_id"], me["apiKeyName"]) == ("admin", "first")
        assert refusal == {"message": "Not authorized. You may need to log in first."}

    def test_stats(self, answers):
        (stats,) = answers("account.accountStats").data
        assert stats["domains"] == ["sdk.example"]
        assert stats["storedMessages"] == 1


class TestAddresses:
    def test_availability(self, answers):
        free, taken = answers("addresses.checkAvailability").data
        assert free == {"email": RESERVED, "available": True, "owned": False}
        assert taken == {"email": RESERVED, "available": False, "owned": True}

    def test_looking(self, answers):
        nobodys, own = answers("addresses.getAddress").data
        assert "owner" not in nobodys
        assert own["owner"] == "admin"
        assert own["encryptedInbox"] == nobodys["encryptedInbox"]
        assert re.fullmatch(r"inbox-[0-9a-f]+@capture\.example", own["encryptedInbox"])

    def test_reserving(self, answers):
        found = answers("addresses.createAddress")
        assert found.statuses == [200, 400, 200]
        fresh, again, noted = found.data
        empty = ("forward", "enablews", "webhook", "webhookSlack", "webhookSlackToFrom")
        assert {fresh[name] for name in (*empty, "catchAll", "password")} == {None}
        assert (fresh["_id"], fresh["owner"], fresh["info"]) == (RESERVED, "admin", "")
        assert days_old(fresh["created"]) == days_old(fresh["updated"]) == 0
        assert again["message"]
        assert noted["info"] == "a note"

    def test_changing(self, answers):
        found = answers("addresses.updateAddress")
        assert found.statuses == [404, 200, 200]
        early, live, hooked = found.data
        assert early == {"message": "The private address was not found for this user."}
        assert (live["info"], live["enablews"], live["enabledws"]) == ("for tests", True, True)
        assert hooked == live | {
            "webhook": "https://hooks.example/mail",
            "updated": hooked["updated"],
        }

    def test_several_at_once(self, answers):
        (made,) = answers("addresses.createAddresses").data
        assert [one["_id"] for one in made] == ["sdk-1@capture.example", "sdk-2@capture.example"]

    def test_all(self, answers):
        (found,) = answers("addresses.listAddresses").data
        names = {"sdk", "sdk-noted", "sdk-1", "sdk-2"}
        assert {f"{name}@capture.example" for name in names} <= {one["_id"] for one in found}

    def test_releasing(self, answers):
        found = answers("addresses.deleteAddress")
        assert found.statuses == [200, 400, 200]
        copy, again, with_mail = found.data
        assert (copy["_id"], copy["owner"]) == ("sdk-1@capture.example", "admin")
        assert again == {"message": "That address is not valid. Make sure it is one you own."}
        assert (with_mail["_id"], with_mail["info"]) == (RESERVED, "for tests")


class TestValidations:
    def test_one(self, answers):
        (found,) = answers("emailValidation.validateAddress").data
        assert (found["local"], found["domain"]) == ("ann", "mailinator.com")
        assert found["validFormat"] is found["isValidFormat"] is found["isDisposable"] is True
        assert found["disposableDomains"] == ["mailinator.com"]

    def test_several(self, answers):
        (found,) = answers("emailValidation.validateAddressesBulk").data
        assert [one["email"] for one in found] == [RESERVED, "no address"]
        assert [one["validFormat"] for one in found] == [True, False]


class TestMessages:
    def test_counting(self, answers):
        before, released = answers("messages.countMessages").data
        assert before == {"count": 2, "inbox": RESERVED}
        assert released == {"count": 0, "inbox": RESERVED}

    def test_listing(self, answers, ids):
        everything, newest, old, cleared, purged = answers("messages.listMessages").data
        assert [one["_id"] for one in everything] == [ids["rich"], ids["plain"]]
        assert newest == everything[:1]
        assert old == cleared == []
        assert [one["_id"] for one in purged] == [ids["rich"]]  # it is starred
        rich, plain = everything
        assert rich["inbox"] == RESERVED
        assert rich["originalInbox"] == "SDK+tag@capture.example"
        assert rich["from"] == [{"address": "ann@sender.example", "name": "Ann"}]
        assert rich["to"] == [{"address": RESERVED, "name": "Bob"}]
        assert rich["links"] == ["https://example.com"]
        assert rich["attachments"] == [md5(PHOTO).hexdigest()]
        assert plain["links"] == plain["attachments"] == plain["labels"] == plain["cc"] == []
        assert (plain["read"], plain["savedBy"], plain["folder"]) == (None, None, "inbox")
        assert days_old(plain["received"]) == 0

    def test_one(self, answers, ids):
        found = answers("messages.getMessageMetadata")
        assert found.statuses == [200, 404]
        listed = answers("messages.listMessages").data[0][0]
        one, absent = found.data
        assert listed == {name: one[name] for name in listed}
        assert absent == {"message": f"Message not found by id 0Ab_invented-0 and inbox {RESERVED}"}
        assert ids["rich"] == one["_id"]

    def test_source(self, answers):
        (answer,) = answers("messages.getFullRawMessage")
        assert answer["type"].startswith("text/plain")
        assert answer["data"].endswith("\r\n" + RICH.decode())
        size = answers("messages.getMessageMetadata").data[0]["size"]
        assert len(answer["data"].encode()) == size

    def test_headers(self, answers):
        lists, ordered, plain = answers("messages.getHeaders").data
        assert lists["subject"] == ["sdk rich"]
        assert {"name": "subject", "value": "sdk rich"} in ordered
        assert "\nSubject: sdk rich\n" in plain

    def test_bodies(self, answers):
        (dirty,) = answers("messages.getBodyDirty")
        (body,) = answers("messages.getBodySanitized")
        assert dirty["type"].startswith("text/html")
        assert body["type"].startswith("text/html")
        assert "<script>run()</script>" in dirty["data"]
        assert "my website" in body["data"]
        assert not re.search("script|href", body["data"])

    def test_text(self, answers):
        shown, saved = answers("messages.getBodyPlainText")
        assert shown["type"].startswith("text/plain")
        assert "Check out my website" in shown["data"]
        assert saved["data"] == shown["data"]

    def test_stars(self, answers, ids):
        (short,) = answers("messages.toggleMessageStar").data
        assert (short["_id"], short["savedBy"]) == (ids["rich"], "admin")
        (starred,) = answers("messages.listStarredMessages").data
        assert starred == [short]

    def test_labels(self, answers, ids):
        added = answers("messages.addMessageLabel").data
        assert [one["labels"] for one in added] == [["two words"], ["two words", "later"]]
        (left,) = answers("messages.deleteMessageLabel").data
        assert left == {"_id": ids["rich"], "labels": ["later"]}

    def test_read_or_not(self, answers, ids):
        read, unread = answers("messages.setMessageReadStatus").data
        assert read == {"_id": ids["rich"], "read": True, "folder": True}
        assert unread == {"_id": ids["rich"], "read": False, "folder": False}

    def test_folders(self, answers, ids):
        found = answers("messages.setMessageFolder").data
        folders = ["trash", "spam", "all", "inbox"]
        assert found == [{"_id": ids["rich"], "folder": folder} for folder in folders]

    def test_deleting(self, answers, ids):
        found = answers("messages.deleteMessage")
        assert found.statuses == [200, 404]
        assert found.data[0] == {
            "_id": ids["plain"],
            "inbox": RESERVED,
            "message": "Message was deleted.",
        }

    def test_purging(self, answers):
        found = answers("messages.deleteAllMessages")
        assert found.statuses == [401, 401, 204]
        assert found.data[2] == ""
        for refusal in found.data[:2]:
            assert refusal["message"].startswith("Cannot delete messages for inbox that is not")


class TestUnifiedInbox:
    def test_pages(self, answers, ids):
        (page,) = answers("messages.listInboxMessages").data
        assert (page["limit"], page["skip"]) == (2, 1)
        assert page["unread"] >= 3
        assert all(one["inbox"] for one in page["messages"])
        assert ids["rich"] in [one["_id"] for one in page["messages"]]

    def test_filtering(self, answers, ids):
        found = answers("messages.filterInboxMessages")
        assert found.statuses == [200, 400]
        assert [one["_id"] for one in found.data[0]["messages"]] == [ids["rich"]]
        assert found.data[1]["message"]

    def test_searching(self, answers, ids):
        (found,) = answers("messages.searchInboxMessages").data
        assert found["query"] == "sdk plain"
        assert {one["_id"] for one in found["messages"]} == {ids["plain"], ids["owned"]}


class TestDomains:
    def test_all(self, answers):
        (found,) = answers("domains.listDomains").data
        assert [one["_id"] for one in found] == ["sdk.example"]
        assert found[0]["owner"] == "admin"
        assert found[0]["verified"] is found[0]["isPrivate"] is True

    def test_one(self, answers):
        found = answers("domains.getDomain")
        assert found.statuses == [200, 404]
        one = found.data[0]
        assert one["domain"] == answers("domains.listDomains").data[0][0]
        assert (one["totalMessages"], one["catchAllAddress"]) == (1, None)

    def test_messages(self, answers, ids):
        (found,) = answers("messages.listDomainMessages").data
        assert [(one["_id"], one["inbox"]) for one in found] == [(ids["owned"], OWNED)]

    def test_deleting_all(self, answers):
        (answer,) = answers("messages.deleteAllDomainMessages")
        assert (answer["status"], answer["data"]) == (204, "")
        assert answers("messages.listMessages").data[3] == []


class TestAttachments:
    def test_all(self, answers):
        (found,) = answers("attachments.listMessageAttachments").data
        assert found == [
            {
                "checksum": md5(PHOTO).hexdigest(),
                "contentDisposition": "attachment",
                "contentId": "photo@sdk.example",
                "contentType": "image/png",
                "fileName": "photo.png",
                "length": len(PHOTO),
                "transferEncoding": "base64",
            }
        ]

    def test_downloading(self, answers):
        found = answers("attachments.downloadAttachment")
        assert found.statuses == [200] * 3
        assert [base64.b64decode(one["data"]) for one in found] == [PHOTO] * 3
        assert {one["type"] for one in found} == {"image/png"}

    def test_common_ones(self, answers, ids):
        checksum = md5(COMMON).hexdigest()
        (ranked,) = answers("attachments.listPublicAttachments").data
        assert ranked == [{"_id": checksum, "n": 1}]
        public, private = answers("attachments.countPublicAttachments").data
        assert (public, private) == ({"n": 1}, {"n": 0})
        (messages,) = answers("attachments.listMessagesForAttachment").data
        assert [one["_id"] for one in messages] == [ids["public"]]
        (file,) = answers("attachments.downloadPublicAttachment").data
        assert base64.b64decode(file) == COMMON


def test_statistics_are_of_public_mail(answers):
    (inboxes,) = answers("messageStats.listTopPublicAddresses").data
    (senders,) = answers("messageStats.listTopPublicSenders").data
    (domains,) = answers("messageStats.listTopPublicDomains").data
    assert inboxes == [{"_id": PUBLIC, "n": 1}]
    assert senders == [{"_id": "ann@sender.example", "n": 1}]
    assert domains == [{"_id": "capture.example", "n": 1}]


def test_who_is_denied(answers):
    assert answers("messageStats.denylist").data == [["denied.example"]]
    assert answers("messageStats.checkDenylist").data == [{"blacklisted": True}]
