"""What a line stands for, and that no line is anything but a command or malformed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.pop3.wire import commands as c
from mailcap.pop3.wire.grammar import VERBS, parse_command

GOOD = {
    b"USER tim": c.User("tim"),
    b"user  tim@example.com ": c.User("tim@example.com"),
    "USER grüße@example.com".encode(): c.User("grüße@example.com"),
    b"PASS  two  words ": c.Pass(" two  words "),
    b"AUTH": c.Auth(),
    b"AUTH PLAIN": c.Auth("PLAIN"),
    b"auth login dGlt": c.Auth("LOGIN", b"dGlt"),
    b"AUTH PLAIN =": c.Auth("PLAIN", b"="),
    b"STLS": c.Stls(),
    b"CAPA ": c.Capa(),
    b"UTF8": c.Utf8(),
    b"LANG": c.Lang(),
    b"LANG *": c.Lang("*"),
    b"LANG i-default": c.Lang("i-default"),
    b"STAT": c.Stat(),
    b"LIST": c.List(),
    b"LIST 007": c.List(7),
    b"UIDL ": c.Uidl(),
    b"uidl 2": c.Uidl(2),
    b"Retr 4294967295": c.Retr(4294967295),
    b"TOP 1 0": c.Top(1, 0),
    b"TOP  1   10 ": c.Top(1, 10),
    b"DELE 3": c.Dele(3),
    b"RSET": c.Rset(),
    b"NOOP": c.Noop(),
    b"quit": c.Quit(),
}
BAD = [
    b"", b" ", b"RETR", b"RETR x", b"RETR -1", b"RETR +1", b"RETR 1 2", b"RETR 12345678901",
    b"RETR \xd9\xa1", b"LIST 1 2", b"UIDL x", b"TOP 1", b"TOP 1 -1", b"TOP 1 2 3", b"DELE",
    b"DELE 1,2", b"USER", b"USER  ", b"USER \xff", b"USER a\0b", b"PASS", b"PASS \xff",
    b"PASS a\rb", b"STAT 1", b"NOOP x", b"QUIT now", b"CAPA x", b"AUTH !",
    b"AUTH PLAIN a b", b"LANG de_DE",
    b"APOP tim c4c9334bac560ecc979e58001b3e22fb", b"XTND", b"RETR\t1", b"\xff\xfe",
]  # fmt: skip


@pytest.mark.parametrize("line", GOOD)
def test_commands(line):
    assert parse_command(line) == GOOD[line]


def test_there_is_a_sample_of_every_command():
    assert {line.split()[0].decode().upper() for line in GOOD} == VERBS


@pytest.mark.parametrize("line", BAD)
def test_what_is_no_command(line):
    assert isinstance(parse_command(line), c.Malformed)


def test_no_secret_is_shown():
    shown = repr([c.Pass("secret"), c.Auth("PLAIN", b"secret"), c.AuthResponse(b"secret")])
    assert "secret" not in shown


@given(
    st.binary(max_size=40)
    | st.builds(
        lambda verb, rest: verb.encode() + b" " + rest, st.sampled_from(sorted(VERBS)), st.binary()
    )
)
def test_any_line_is_a_command(line):
    assert isinstance(parse_command(line), c.Command)
