from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.smtp.wire.parameters import (
    NO_MAIL_PARAMETERS,
    NO_RCPT_PARAMETERS,
    Body,
    MailParameters,
    ParameterError,
    RcptParameters,
    UnknownParameterError,
    parse_mail_parameters,
    parse_rcpt_parameters,
)


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("", NO_MAIL_PARAMETERS),
        ("  ", NO_MAIL_PARAMETERS),
        ("SIZE=0", MailParameters(size=0)),
        ("size=26214400", MailParameters(size=26_214_400)),
        ("SIZE=99999999999999999999", MailParameters(size=10**20 - 1)),
        ("BODY=7BIT", MailParameters(body=Body.SEVEN_BIT)),
        ("body=8bitmime", MailParameters(body=Body.EIGHT_BIT_MIME)),
        ("BODY=BINARYMIME", MailParameters(body=Body.BINARY_MIME)),
        ("SMTPUTF8", MailParameters(smtputf8=True)),
        ("RET=full", MailParameters(ret="FULL")),
        ("RET=HDRS ENVID=QQ+2B1", MailParameters(ret="HDRS", envid="QQ+1")),
        ("ENVID=" + "x" * 100, MailParameters(envid="x" * 100)),
        ("AUTH=<>", MailParameters(auth="")),
        ("AUTH=e+3Dmc2@example.test", MailParameters(auth="e=mc2@example.test")),
        (
            "SIZE=5  BODY=8BITMIME   SMTPUTF8",
            MailParameters(size=5, body=Body.EIGHT_BIT_MIME, smtputf8=True),
        ),
    ],
)
def test_mail(text, parameters):
    assert parse_mail_parameters(text) == parameters


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("", NO_RCPT_PARAMETERS),
        ("NOTIFY=NEVER", RcptParameters(notify=("NEVER",))),
        ("notify=success,Delay", RcptParameters(notify=("SUCCESS", "DELAY"))),
        ("NOTIFY=FAILURE,FAILURE", RcptParameters(notify=("FAILURE",))),
        ("ORCPT=rfc822;Bob@Example.COM", RcptParameters(orcpt="rfc822;Bob@Example.COM")),
        ("ORCPT=rfc822;a+2Bb@c.test", RcptParameters(orcpt="rfc822;a+b@c.test")),
        ("ORCPT=X400;/S=1".replace("=1", "+3D1"), RcptParameters(orcpt="X400;/S=1")),
        (r"ORCPT=utf-8;J\x{FC}@c.test", RcptParameters(orcpt="utf-8;Jü@c.test")),
        ("ORCPT=UTF-8;Jü@c.test", RcptParameters(orcpt="UTF-8;Jü@c.test")),
    ],
)
def test_rcpt(text, parameters):
    assert parse_rcpt_parameters(text) == parameters


@pytest.mark.parametrize(
    "text",
    [
        "SIZE",
        "SIZE=",
        "SIZE=-1",
        "SIZE=1k",
        "SIZE=٣",
        "SIZE=100000000000000000000",
        "SIZE=1 SIZE=1",
        "SIZE=1 size=2",
        "BODY=9BIT",
        "BODY",
        "SMTPUTF8=yes",
        "SMTPUTF8 SMTPUTF8",
        "RET=SOME",
        "ENVID=",
        "ENVID=a=b",
        "ENVID=a+0Ab",
        "ENVID=" + "x" * 101,
        "AUTH=",
        "AUTH=a=b",
    ],
)
def test_impossible_for_mail(text):
    with pytest.raises(ParameterError) as caught:
        parse_mail_parameters(text)
    assert not isinstance(caught.value, UnknownParameterError)
    assert text.partition("=")[0].split()[0].upper() in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "NOTIFY=",
        "NOTIFY",
        "NOTIFY=SOMETIMES",
        "NOTIFY=NEVER,SUCCESS",
        "NOTIFY=SUCCESS,",
        "NOTIFY=NEVER NOTIFY=NEVER",
        "ORCPT=bob@example.test",
        "ORCPT=rfc822;",
        "ORCPT=;bob@example.test",
        "ORCPT=rfc 822;b",
        "ORCPT=rfc822;a=b",
        "ORCPT=rfc822;Jü@c.test",
        "ORCPT=rfc822;" + "x" * 494,
        r"ORCPT=utf-8;\x{0D}",
    ],
)
def test_impossible_for_rcpt(text):
    with pytest.raises(ParameterError):
        parse_rcpt_parameters(text)


@pytest.mark.parametrize("text", ["BY=5;R", "SIZE=5 MT-PRIORITY=3", "=5", "NOTIFY=NEVER", "SİZE=5"])
def test_unknown_for_mail(text):
    with pytest.raises(UnknownParameterError):
        parse_mail_parameters(text)


@pytest.mark.parametrize("text", ["SIZE=5", "SMTPUTF8", "X"])
def test_unknown_for_rcpt(text):
    with pytest.raises(UnknownParameterError):
        parse_rcpt_parameters(text)


@given(st.text())
def test_no_text_raises_anything_else(text):
    for parse in (parse_mail_parameters, parse_rcpt_parameters):
        for start in ("", "ENVID=", "ORCPT=utf-8;", "NOTIFY=", "SIZE="):
            with suppress(ParameterError):
                parse(start + text)
