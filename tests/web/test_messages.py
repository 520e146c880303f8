"""Messages as objects: shapes, lists, deleting."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.domain.messages import Folder
from mailcap.mime.summary import Summary
from mailcap.web.api.shapes import iso_time
from mailcap.web.replies import json_reply

INBOX = "bob@x.test"
LIST = f"/api/addresses/{INBOX}/messages"
MESSAGE = (
    b"From: =?utf-8?q?J=C3=B6rg?= <joerg@sender.test>\r\n"
    b"To: Bob <Bob@X.test>, eve@x.test\r\nCc: carol@x.test\r\nBcc: dan@x.test\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/html\r\n\r\n"
    b"<a href='https://example.com'>site</a> and <a href=\"https://example.com/b?x=1\">b</a>\r\n"
)


def test_every_field_of_a_message(ask, mail):
    message_id = mail.add(INBOX, MESSAGE, original_inbox="Bob+tag@X.test")
    assert ask("GET", LIST).json == [
        {
            "_id": message_id,
            "from": [{"address": "joerg@sender.test", "name": "Jörg"}],
            "to": [
                {"address": "Bob@X.test", "name": "Bob"},
                {"address": "eve@x.test", "name": ""},
            ],
            "cc": [{"address": "carol@x.test", "name": ""}],
            "bcc": [{"address": "dan@x.test", "name": ""}],
            "subject": "Grüße",
            "savedBy": None,
            "inbox": INBOX,
            "originalInbox": "Bob+tag@X.test",
            "domain": "x.test",
            "received": "2023-11-14T22:13:20.124Z",
            "size": len(ask("GET", f"/api/raw/{INBOX}/{message_id}").body),
            "attachments": [],
            "ip": "192.0.2.1",
            "via": "198.51.100.1",
            "folder": "inbox",
            "labels": [],
            "read": None,
            "rtls": False,
            "links": ["https://example.com", "https://example.com/b?x=1"],
            "spam": 0,
        }
    ]


def test_what_people_did_to_a_message(ask, mail):
    mail.add(
        INBOX, folder=Folder.SPAM, labels=("a", "b c"), seen=True, saved_by="alice",
        envelope={"ip": "192.0.2.1", "tls": "TLSv1.3 TLS_AES_256_GCM_SHA384"},
    )  # fmt: skip
    (shown,) = ask("GET", LIST).json
    assert (shown["folder"], shown["labels"]) == ("spam", ["a", "b c"])
    assert (shown["read"], shown["savedBy"], shown["rtls"]) == (True, "alice", True)


def test_a_message_with_nothing_in_it(ask, mail):
    mail.add(INBOX, b"")
    (shown,) = ask("GET", LIST).json
    assert shown["to"] == [{"address": INBOX, "name": ""}]
    for name in ("from", "cc", "bcc", "attachments", "links", "labels"):
        assert shown[name] == []
    assert shown["subject"] == ""


def test_without_a_to_the_recipient_is_shown_as_it_was_given(ask, mail):
    mail.add(INBOX, b"Subject: x\r\n\r\n", recipient={"rcptTo": "Bob+tag@X.test"})
    mail.add(INBOX, b"Subject: x\r\n\r\n", recipient={}, original_inbox="Bob+old@X.test")
    assert [shown["to"] for shown in ask("GET", LIST).json] == [
        [{"address": "Bob+old@X.test", "name": ""}],
        [{"address": "Bob+tag@X.test", "name": ""}],
    ]


def test_attachments_are_checksums(ask, mail):
    mail.add(
        INBOX,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n"
        b"--b\r\nContent-Type: application/pdf\r\n\r\nabc\r\n--b--\r\n",
    )
    assert ask("GET", LIST).json[0]["attachments"] == ["900150983cd24fb0d6963f7d28e17f72"]


@pytest.mark.parametrize(
    ("inbox", "domain"),
    [('"a@b"@x.test', "x.test"), ("a@[192.0.2.1]", "[192.0.2.1]"), ("*@x.test", "x.test")],
)
def test_domains(ask, mail, inbox, domain):
    mail.add(inbox)
    target = f"/api/addresses/{inbox.replace(chr(34), '%22').replace('[', '%5B')}/messages"
    assert [shown["domain"] for shown in ask("GET", target).json] == [domain]


def test_one_message_has_its_envelope(ask, mail):
    message_id = mail.add(INBOX)
    shown = ask("GET", f"{LIST}/{message_id}").json
    assert shown.pop("envelope") == {
        "mailFrom": "from@sender.test",
        "rcptTo": INBOX,
        "helo": "sender.test",
        "ip": "192.0.2.1",
        "tls": None,
        "dsn": {"ret": None, "envid": None, "notify": None, "orcpt": None},
    }
    assert [shown] == ask("GET", LIST).json


def test_delivery_status_parameters_are_in_the_envelope(ask, mail):
    message_id = mail.add(
        INBOX,
        envelope={"mailFrom": "", "helo": "h", "ip": "::1", "ret": "HDRS", "envid": "QQ 314",
                  "tls": "TLSv1.2 X", "protocol": "ESMTPS"},
        recipient={"rcptTo": "Bob@x.test", "notify": ["SUCCESS", "DELAY"], "orcpt": "rfc822;b@o"},
    )  # fmt: skip
    assert ask("GET", f"{LIST}/{message_id}").json["envelope"] == {
        "mailFrom": "",
        "rcptTo": "Bob@x.test",
        "helo": "h",
        "ip": "::1",
        "tls": "TLSv1.2 X",
        "dsn": {
            "ret": "HDRS",
            "envid": "QQ 314",
            "notify": ["SUCCESS", "DELAY"],
            "orcpt": "rfc822;b@o",
        },
    }


def test_only_the_senders_own_account_learns_who_sent(ask, mail):
    message_id = mail.add(INBOX, envelope={"mailFrom": "x@y.z", "user": "alice"})
    mine = ask("GET", f"{LIST}/{message_id}", key="k_alice")
    others = ask("GET", f"{LIST}/{message_id}", key="k_bob")
    assert mine.json["envelope"]["user"] == "alice"
    assert "user" not in others.json["envelope"]
    assert b"alice" not in others.body
    assert b"alice" not in ask("GET", LIST, key="k_bob").body


def test_lists_are_newest_first(ask, mail):
    ids = [mail.add(INBOX) for _ in range(3)]
    mail.add("other@x.test")
    assert [shown["_id"] for shown in ask("GET", LIST).json] == ids[::-1]


def test_a_list_shows_every_change(ask, mail):
    message_id = mail.add(INBOX, MESSAGE)
    assert ask("GET", LIST).json[0]["read"] is None
    for facts in ({"seen": True}, {"seen": False}, {"labels": ("x",)}, {"saved_by": "alice"}):
        mail.change(message_id, **facts)
        (shown,) = ask("GET", LIST).json
        one = ask("GET", f"{LIST}/{message_id}").json
        assert shown == {name: value for name, value in one.items() if name != "envelope"}
    assert (shown["read"], shown["labels"], shown["savedBy"]) == (False, ["x"], "alice")


def test_messages_with_long_summaries_are_listed_like_others(ask, mail):
    subjects = ["short", "x" * 3000, "y" * 4000]
    for subject in subjects:
        mail.add(INBOX, f"Subject: {subject}\r\n\r\n".encode())
    for _ in range(2):
        assert [shown["subject"] for shown in ask("GET", LIST).json] == subjects[::-1]


def test_long_lists_are_made_in_a_thread(ask, mail, reactor):
    for _ in range(20):
        mail.add(INBOX, b"Subject: " + b"x" * 2000 + b"\r\n\r\n")
    assert len(ask("GET", f"{LIST}?limit=3").json) == 3
    assert reactor.pool.jobs == 0
    assert len(ask("GET", LIST).json) == 20
    assert reactor.pool.jobs == 1


def test_a_message_with_a_huge_summary_is_shown_from_a_thread(ask, mail, reactor):
    links = b"".join(b"https://example.com/some/longer/path/%d " % number for number in range(1500))
    message_id = mail.add(INBOX, b"Subject: x\r\n\r\n" + links * 2)
    assert len(ask("GET", f"{LIST}/{message_id}").json["links"]) == 1000
    assert reactor.pool.jobs == 1


def test_an_empty_inbox(ask):
    assert ask("GET", LIST).json == []
    assert ask("GET", f"/api/addresses/{INBOX}/message-count").json == {"count": 0, "inbox": INBOX}


def test_what_a_list_asks_for(ask, mail):
    ask("GET", LIST)
    ask("GET", f"{LIST}?until=2024-02-29&limit=0&before=0Ab_1-0&unknown=1")
    assert mail.queries == [
        {"inbox": INBOX, "until": None, "before": None, "limit": 20},
        {"inbox": INBOX, "until": 1_709_251_199_999, "before": "0Ab_1-0", "limit": 0},
    ]


@pytest.mark.parametrize(
    "query",
    ["limit=1001", "limit=-1", "limit=x", "limit=", "limit=1.0", "limit=1e2", "limit=+5",
     "limit=%D9%A1", "limit=99999999999999999999", "until=", "until=yesterday", "until=1700000000",
     "until=2024-02-30", "before=", "before=x%00", "before=a%20b", "before=" + "x" * 65],
)  # fmt: skip
def test_a_bad_value_in_the_query(ask, mail, query):
    answer = ask("GET", f"{LIST}?{query}")
    assert answer.status == 400
    assert answer.message.startswith(query.partition("=")[0] + ": ")
    assert mail.queries == []


def test_a_bad_value_is_nothing_for_strangers(ask):
    assert ask("GET", f"{LIST}?limit=x", key="wrong").status == 401


@pytest.mark.parametrize("spelling", [INBOX, "BOB%2Btag@X.TEST", "bob%40x.test"])
def test_counting(ask, mail, spelling):
    for _ in range(3):
        mail.add(INBOX)
    answer = ask("GET", f"/api/addresses/{spelling}/message-count")
    assert answer.json == {"count": 3, "inbox": INBOX}


def test_deleting_one(ask, mail):
    kept, message_id = mail.add(INBOX), mail.add(INBOX)
    answer = ask("DELETE", f"/api/addresses/BOB@x.test/messages/{message_id}")
    assert (answer.status, answer.json) == (
        200,
        {"_id": message_id, "inbox": INBOX, "message": "Message was deleted."},
    )
    assert ask("DELETE", f"{LIST}/{message_id}").status == 404
    assert [shown["_id"] for shown in ask("GET", LIST).json] == [kept]


@pytest.mark.parametrize("target", [LIST, LIST + "/"])
def test_purging(ask, mail, target):
    mail.owners[INBOX] = 1
    mail.add(INBOX)
    answer = ask("DELETE", target)
    assert (answer.status, answer.body) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert "Content-Length" not in answer.headers
    assert ask("GET", LIST).json == []


def test_a_connection_goes_on_behind_an_answer_without_a_body(connect, mail):
    mail.owners[INBOX] = 1
    client = connect()
    head = b" HTTP/1.1\r\nHost: x\r\nMailsac-Key: k_alice\r\n\r\n"
    client.send(b"DELETE " + LIST.encode() + head + b"GET /healthz" + head)
    assert [answer.status for answer in client.answers("DELETE", "GET")] == [204, 200]


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_700_000_000_007, "2023-11-14T22:13:20.007Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ],
)
def test_times(milliseconds, text):
    assert iso_time(milliseconds) == text


@given(st.text(), st.text())
def test_any_text_of_a_sender_is_valid_json(subject, name):
    summary = Summary(subject=subject, from_=(("a@b", name),))
    body = json_reply({"subject": summary.subject, "from": summary.from_}).body
    assert body.isascii()
    assert json.loads(body) == {"subject": subject, "from": [["a@b", name]]}


def test_half_a_surrogate_pair_does_not_break_a_list():
    assert json_reply(["\ud800"]).body == b'["\\ud800"]'
