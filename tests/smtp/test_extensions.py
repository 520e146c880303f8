import pytest

from mailcap.smtp import extensions
from mailcap.smtp.extensions import EXTENSIONS, Extension, offer
from mailcap.smtp.settings import SMTPSettings
from mailcap.smtp.wire.grammar import VERBS
from mailcap.smtp.wire.parameters import MAIL_KEYWORDS, RCPT_KEYWORDS

SETTINGS = SMTPSettings(host_name="mail.test", message_size=5000, recipients=7)


def test_all_that_there_is():
    assert offer(SETTINGS, starttls=True, auth=True) == [
        "PIPELINING",
        "SIZE 5000",
        "8BITMIME",
        "SMTPUTF8",
        "CHUNKING",
        "BINARYMIME",
        "ENHANCEDSTATUSCODES",
        "DSN",
        "STARTTLS",
        "AUTH PLAIN LOGIN",
        "LIMITS RCPTMAX=7",
        "HELP",
    ]


def test_only_what_would_be_obeyed():
    assert not {"STARTTLS", "AUTH"} & {
        line.split()[0] for line in offer(SETTINGS, starttls=False, auth=False)
    }


@pytest.mark.parametrize(
    "extension",
    [
        Extension("ETRN", verbs=frozenset({"ETRN"})),
        Extension("DELIVERBY", mail=frozenset({"BY"})),
        Extension("RRVS", rcpt=frozenset({"RRVS"})),
    ],
)
def test_what_is_not_understood_does_not_exist(extension):
    assert not extension.exists


def test_what_is_understood_is_offered():
    assert all(each.exists for each in EXTENSIONS)
    assert MAIL_KEYWORDS.keys() == frozenset().union(*(each.mail for each in EXTENSIONS))
    assert RCPT_KEYWORDS.keys() == frozenset().union(*(each.rcpt for each in EXTENSIONS))
    basic = {"HELO", "EHLO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "VRFY", "EXPN"}
    assert frozenset().union(*(each.verbs for each in EXTENSIONS)) | basic == VERBS


def test_an_extension_without_its_command_vanishes(monkeypatch):
    monkeypatch.setattr(extensions, "VERBS", VERBS - {"BDAT"})
    assert {each.keyword for each in EXTENSIONS if not each.exists} == {"CHUNKING", "BINARYMIME"}
