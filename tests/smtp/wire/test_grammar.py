import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailcap.domain.addresses import parse_address
from mailcap.smtp.wire.commands import (
    Auth,
    Bdat,
    Command,
    Data,
    Ehlo,
    Expn,
    Fault,
    Helo,
    Help,
    Mail,
    Malformed,
    Noop,
    Quit,
    Rcpt,
    Rset,
    StartTLS,
    Vrfy,
)
from mailcap.smtp.wire.grammar import VERBS, parse_command
from mailcap.smtp.wire.parameters import Body, MailParameters, RcptParameters


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("HELO client.test", Helo("client.test")),
        ("helo client.test ", Helo("client.test")),
        ("EHLO client.test", Ehlo("client.test")),
        ("EHLO [192.0.2.1]", Ehlo("[192.0.2.1]")),
        ("EHLO [IPv6:2001:db8::1]", Ehlo("[IPv6:2001:db8::1]")),
        ("EHLO my_laptop", Ehlo("my_laptop")),
        ("EHLO büro", Ehlo("büro")),
        ("EHLO two words", Ehlo("two words")),
        ("EHLO " + "x" * 255, Ehlo("x" * 255)),
        ("DATA", Data()),
        ("DATA ", Data()),
        ("data", Data()),
        ("BDAT 0", Bdat(0, last=False)),
        ("BDAT 0 LAST", Bdat(0, last=True)),
        ("bdat 86 last", Bdat(86, last=True)),
        ("BDAT 99999999999999999999", Bdat(10**20 - 1, last=False)),
        ("RSET", Rset()),
        ("NOOP", Noop()),
        ("NOOP anything at all", Noop()),
        ("QUIT", Quit()),
        ("VRFY bob", Vrfy("bob")),
        ("EXPN list", Expn("list")),
        ("HELP", Help()),
        ("HELP MAIL", Help()),
        ("STARTTLS", StartTLS()),
        ("AUTH PLAIN", Auth("PLAIN")),
        ("auth plain AGEAYg==", Auth("PLAIN", b"AGEAYg==")),
        ("AUTH LOGIN =", Auth("LOGIN", b"=")),
    ],
)
def test_commands(line, command):
    assert parse_command(line.encode()) == command


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("MAIL FROM:<>", ""),
        ("MAIL FROM:<bob@example.test>", "bob@example.test"),
        ("mail from:<bob@example.test>", "bob@example.test"),
        ("MAIL FROM: <bob@example.test>", "bob@example.test"),
        ("MAIL FROM:<bob@example.test>  ", "bob@example.test"),
        ("MAIL FROM:<@a.test,@b.test:bob@example.test>", "bob@example.test"),
        ("MAIL FROM:<bob@[192.0.2.1]>", "bob@[192.0.2.1]"),
        ("MAIL FROM:<bob@[IPv6:2001:db8::1]>", "bob@[IPv6:2001:db8::1]"),
        ('MAIL FROM:<"a b>c"@example.test>', '"a b>c"@example.test'),
        (r'MAIL FROM:<"a\"b>"@example.test>', r'"a\"b>"@example.test'),
        ("MAIL FROM:<jürgen@büro.test>", "jürgen@büro.test"),
    ],
)
def test_senders(line, path):
    assert parse_command(line.encode()) == Mail(path)


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("RCPT TO:<bob@example.test>", "bob@example.test"),
        ("rcpt to: <Bob+tag@Example.TEST>", "Bob+tag@Example.TEST"),
        ("RCPT TO:<@a.test:bob@example.test>", "bob@example.test"),
        ('RCPT TO:<"a b"@example.test>', '"a b"@example.test'),
        ("RCPT TO:<用户@例子.test>", "用户@例子.test"),
    ],
)
def test_recipients(line, address):
    assert parse_command(line.encode()) == Rcpt(parse_address(address))


@pytest.mark.parametrize("name", ["postmaster", "Postmaster", "POSTMASTER"])
def test_the_postmaster_needs_no_domain(name):
    assert parse_command(f"RCPT TO:<{name}>".encode()) == Rcpt(None)


def test_parameters():
    assert parse_command(b"MAIL FROM:<> SIZE=5 BODY=8BITMIME") == Mail(
        "", MailParameters(size=5, body=Body.EIGHT_BIT_MIME)
    )
    assert parse_command(b"RCPT TO:<a@b.test> NOTIFY=NEVER") == Rcpt(
        parse_address("a@b.test"), RcptParameters(notify=("NEVER",))
    )


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"", Fault.UNKNOWN),
        (b" ", Fault.UNKNOWN),
        (b"HELLO client.test", Fault.UNKNOWN),
        (b" QUIT", Fault.UNKNOWN),
        (b"MAILFROM:<a@b.test>", Fault.UNKNOWN),
        (b"MAIL\tFROM:<a@b.test>", Fault.UNKNOWN),
        (b"QUIT\0", Fault.UNKNOWN),
        (b"\xff\xfe", Fault.UNKNOWN),
        (b"GET / HTTP/1.1", Fault.UNKNOWN),
        (b"TURN", Fault.NOT_IMPLEMENTED),
        (b"etrn example.test", Fault.NOT_IMPLEMENTED),
        (b"SEND FROM:<a@b.test>", Fault.NOT_IMPLEMENTED),
        (b"NOOP \0", Fault.CHARACTERS),
        (b"EHLO client\x7f", Fault.CHARACTERS),
        (b"EHLO client\xc2\x85", Fault.CHARACTERS),
        ("EHLO client\u2028".encode(), Fault.CHARACTERS),
        (b"EHLO client\rMAIL FROM:<a@b.test>", Fault.CHARACTERS),
        (b"MAIL FROM:\t<a@b.test>", Fault.CHARACTERS),
        (b"MAIL FROM:<a\xff@b.test>", Fault.CHARACTERS),
        (b"HELO", Fault.ARGUMENT),
        (b"EHLO ", Fault.ARGUMENT),
        (b"EHLO " + b"x" * 256, Fault.ARGUMENT),
        (b"DATA now", Fault.ARGUMENT),
        (b"RSET now", Fault.ARGUMENT),
        (b"QUIT now", Fault.ARGUMENT),
        (b"STARTTLS now", Fault.ARGUMENT),
        (b"VRFY", Fault.ARGUMENT),
        (b"EXPN", Fault.ARGUMENT),
        (b"AUTH", Fault.ARGUMENT),
        (b"MAIL", Fault.ARGUMENT),
        (b"MAIL <a@b.test>", Fault.ARGUMENT),
        (b"MAIL TO:<a@b.test>", Fault.ARGUMENT),
        (b"MAIL FROM:a@b.test", Fault.ARGUMENT),
        (b"MAIL FROM:<a@b.test", Fault.ARGUMENT),
        (b"MAIL FROM:<a@b.test>SIZE=5", Fault.ARGUMENT),
        (b"MAIL FROM:<a@b.test>>", Fault.ARGUMENT),
        (b"RCPT FROM:<a@b.test>", Fault.ARGUMENT),
        (b"RCPT TO:a@b.test", Fault.ARGUMENT),
        (b"RCPT TO:<a@b.test>x", Fault.ARGUMENT),
        (b"MAIL FROM:<a>", Fault.SENDER),
        (b"MAIL FROM:<a@b@c>", Fault.SENDER),
        (b"MAIL FROM:<a b@c.test>", Fault.SENDER),
        (b'MAIL FROM:<"a@c.test>', Fault.SENDER),
        (b"MAIL FROM:<@a.test>", Fault.SENDER),
        (b"RCPT TO:<a>", Fault.RECIPIENT),
        (b"RCPT TO:<a@>", Fault.RECIPIENT),
        (b"RCPT TO:<@b.test>", Fault.RECIPIENT),
        (b"MAIL FROM:<@b.test:>", Fault.SENDER),
        (b"RCPT TO:<a..b@c.test>", Fault.RECIPIENT),
        (b"RCPT TO:<<a@b.test>", Fault.RECIPIENT),
        (b'RCPT TO:<a"b@c.test>', Fault.RECIPIENT),
        (b"RCPT TO:<" + b"a" * 257 + b"@b.test>", Fault.RECIPIENT),
        (b"RCPT TO:<>", Fault.NO_RECIPIENT),
        (b"MAIL FROM:<> SIZE=x", Fault.PARAMETER),
        (b"MAIL FROM:<> SIZE=1 SIZE=1", Fault.PARAMETER),
        (b"RCPT TO:<a@b.test> NOTIFY=x", Fault.PARAMETER),
        (b"MAIL FROM:<> X=1", Fault.UNKNOWN_PARAMETER),
        (b"RCPT TO:<a@b.test> SIZE=1", Fault.UNKNOWN_PARAMETER),
        (b"BDAT", Fault.CHUNK_SIZE),
        (b"BDAT LAST", Fault.CHUNK_SIZE),
        (b"BDAT -1", Fault.CHUNK_SIZE),
        (b"BDAT 1 FIRST", Fault.CHUNK_SIZE),
        (b"BDAT 100000000000000000000", Fault.CHUNK_SIZE),
        ("BDAT ٣".encode(), Fault.CHUNK_SIZE),
    ],
)
def test_faults(line, fault):
    malformed = parse_command(line)
    assert isinstance(malformed, Malformed)
    assert malformed.fault is fault
    assert malformed.detail


def test_secrets_are_not_shown():
    assert "AGEAYg" not in repr(parse_command(b"AUTH PLAIN AGEAYg=="))


def test_no_secret_is_in_a_detail():
    assert b"AGEAYg" not in repr(parse_command(b"AUTHPLAIN AGEAYg==")).encode()


@given(st.binary(max_size=2048))
@example(b"MAIL FROM:<\xed\xa0\x80@b.test>")
def test_no_line_raises(line):
    assert isinstance(parse_command(line), Command)


@given(st.sampled_from(sorted(VERBS)), st.text(max_size=300))
def test_no_argument_raises(verb, argument):
    assert isinstance(parse_command(f"{verb} {argument}".encode(errors="replace")), Command)


@given(st.sampled_from(["MAIL FROM:", "RCPT TO:"]), st.text('<>"\\@:, .a=[]', max_size=60))
def test_no_path_raises(start, path):
    assert isinstance(parse_command(f"{start}<{path}".encode()), Command)


@pytest.mark.parametrize(
    "path",
    ['"' * 2000, '"a' * 1000, '\\"' * 1000, '""' * 1000, "a" * 2000, '"\\' * 1000, "@:" * 1000],
)
def test_no_path_takes_long(path):
    started = time.process_time()
    for _ in range(100):
        parse_command(f"RCPT TO:<{path}".encode())
        parse_command(f"RCPT TO:<{path}>".encode())
    assert time.process_time() - started < 1


def test_a_long_domain_is_refused_before_anything_is_made_of_it():
    began = time.process_time()
    command = parse_command(("MAIL FROM:<a@\u00e4" + "\u0301\u0316" * 300_000 + ">").encode())
    assert isinstance(command, Malformed)
    assert time.process_time() - began < 1
