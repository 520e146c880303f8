"""Commands: the examples of the RFCs, and what is none."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.imap.wire import commands as c
from mailcap.imap.wire import keys as k
from mailcap.imap.wire.commands import Attribute
from mailcap.imap.wire.grammar import VERBS, BadCommand, parse_command
from mailcap.imap.wire.sequence_set import STAR, SequenceSet


def of(*ranges: tuple[int, int]) -> SequenceSet:
    return SequenceSet(ranges)


VALID: dict[bytes, c.Command] = {
    b"a CAPABILITY": c.Capability("a"),
    b"a noop": c.Noop("a"),
    b"A142 LOGOUT": c.Logout("A142"),
    b"a STARTTLS": c.StartTLS("a"),
    b"a UNAUTHENTICATE": c.Unauthenticate("a"),
    b"a NAMESPACE": c.Namespace("a"),
    b"a IDLE": c.Idle("a"),
    b"a CHECK": c.Check("a"),
    b"a CLOSE": c.Close("a"),
    b"a UNSELECT": c.Unselect("a"),
    b"a ID NIL": c.Id("a"),
    b'a ID ("name" "sodr" "version" NIL)': c.Id("a", (("name", "sodr"), ("version", None))),
    b"a ID ()": c.Id("a", ()),
    b"a AUTHENTICATE plain": c.Authenticate("a", "PLAIN"),
    b"a AUTHENTICATE PLAIN AHRlc3Q=": c.Authenticate("a", "PLAIN", b"AHRlc3Q="),
    b"a AUTHENTICATE PLAIN =": c.Authenticate("a", "PLAIN", b"="),
    b"a LOGIN SMITH SESAME": c.Login("a", "SMITH", "SESAME"),
    b'a LOGIN "a b" "c\\"\\\\d"': c.Login("a", "a b", 'c"\\d'),
    b"a LOGIN {3}\r\na\nb {0}\r\n": c.Login("a", "a\nb", ""),
    b"a ENABLE CONDSTORE utf8=accept": c.Enable("a", ("CONDSTORE", "UTF8=ACCEPT")),
    b"a COMPRESS DEFLATE": c.Compress("a", "DEFLATE"),
    b"a SELECT inbox": c.Select("a", "INBOX"),
    b'a EXAMINE "x y"': c.Select("a", "x y", read_only=True),
    b"a SELECT x (CONDSTORE)": c.Select("a", "x", condstore=True),
    b"a SELECT x (QRESYNC (67890007 20050715194045000 41,43:211,214:541))": c.Select(
        "a",
        "x",
        condstore=True,
        qresync=c.Resync(67890007, 20050715194045000, ((41, 41), (43, 211), (214, 541))),
    ),
    b"a SELECT x (QRESYNC (1 2))": c.Select("a", "x", condstore=True, qresync=c.Resync(1, 2)),
    b"a SELECT x (QRESYNC (1 2 1:9 (1,3 4:5)))": c.Select(
        "a", "x", condstore=True, qresync=c.Resync(1, 2, ((1, 9),))
    ),
    b"a SELECT x (QRESYNC (1 2 (1,3 4:5)))": c.Select(
        "a", "x", condstore=True, qresync=c.Resync(1, 2)
    ),
    b"a NOTIFY none": c.Notify("a"),
    b"a NOTIFY SET STATUS (selected "
    b"(MessageNew (uid body.peek[header.fields (from to)]) MessageExpunge))": c.Notify(
        "a",
        (
            c.EventGroup(
                "SELECTED",
                events=frozenset({"MESSAGENEW", "MESSAGEEXPUNGE"}),
                items=(
                    Attribute.UID,
                    c.Section(
                        b"BODY[header.fields (from to)]",
                        text="HEADER.FIELDS",
                        fields=("from", "to"),
                        peek=True,
                    ),
                ),
            ),
        ),
        status=True,
    ),
    b"a NOTIFY SET (selected-delayed NONE) (subtree (x y x) (MailboxName)) (mailboxes z NONE)": (
        c.Notify(
            "a",
            (
                c.EventGroup("SELECTED-DELAYED"),
                c.EventGroup("SUBTREE", ("x", "y"), frozenset({"MAILBOXNAME"})),
                c.EventGroup("MAILBOXES", ("z",)),
            ),
        )
    ),
    b"a CREATE owatagusiam/": c.Create("a", "owatagusiam/"),
    b"a CREATE x (USE (\\Drafts \\Sent))": c.Create("a", "x", ("\\Drafts", "\\Sent")),
    b"a DELETE x": c.Delete("a", "x"),
    b"a RENAME x y": c.Rename("a", "x", "y"),
    b"a SUBSCRIBE x": c.Subscribe("a", "x"),
    b"a UNSUBSCRIBE x": c.Subscribe("a", "x", wanted=False),
    b'a LIST "" *': c.List("a", "", ("*",)),
    b'a LIST "" ""': c.List("a", "", ("",)),
    b"a LIST ~/Mail/ %": c.List("a", "~/Mail/", ("%",)),
    b'a LSUB "" *': c.List("a", "", ("*",), selection=frozenset({"SUBSCRIBED"}), is_lsub=True),
    b'a LIST (SUBSCRIBED RECURSIVEMATCH) "" (a% "b*") RETURN (CHILDREN STATUS (MESSAGES UNSEEN))': (
        c.List(
            "a",
            "",
            ("a%", "b*"),
            selection=frozenset({"SUBSCRIBED", "RECURSIVEMATCH"}),
            returned=frozenset({"CHILDREN"}),
            status=("MESSAGES", "UNSEEN"),
            extended=True,
        )
    ),
    b'a LIST () "" x RETURN ()': c.List("a", "", ("x",), extended=True),
    b"a STATUS x (UIDNEXT messages)": c.Status("a", "x", ("UIDNEXT", "MESSAGES")),
    b"a GETQUOTA {0}\r\n": c.GetQuota("a", ""),
    b"a GETQUOTAROOT x": c.GetQuotaRoot("a", "x"),
    b"a APPEND x {2}\r\nhi": c.Append("a", "x", (c.NewMessage(b"hi"),)),
    b'a APPEND x (\\Seen $Work) " 1-Jan-1970 00:00:01 +0000" ~{2+}\r\n\0\n': c.Append(
        "a", "x", (c.NewMessage(b"\0\n", ("\\Seen", "$Work"), 1000),)
    ),
    b"a APPEND x UTF8 (~{2}\r\nhi)": c.Append("a", "x", (c.NewMessage(b"hi"),)),
    b"a APPEND x {1}\r\na () {1}\r\nb": c.Append(
        "a", "x", (c.NewMessage(b"a"), c.NewMessage(b"b"))
    ),
    b"a EXPUNGE": c.Expunge("a"),
    b"a UID EXPUNGE 1:3": c.Expunge("a", of((1, 3))),
    b"a COPY 2:4 x": c.Copy("a", of((2, 4)), "x"),
    b"a UID MOVE 1,*:5 x": c.Copy("a", of((1, 1), (STAR, 5)), "x", uid=True, move=True),
    b"a UID COPY $ x": c.Copy("a", SequenceSet(saved=True), "x", uid=True),
    b"a STORE 1 +FLAGS (\\Deleted)": c.Store("a", of((1, 1)), c.How.ADD, ("\\Deleted",)),
    b"a STORE 1 -flags.silent \\Seen x": c.Store(
        "a", of((1, 1)), c.How.REMOVE, ("\\Seen", "x"), silent=True
    ),
    b"a UID STORE 1 (UNCHANGEDSINCE 5) FLAGS ()": c.Store(
        "a", of((1, 1)), c.How.REPLACE, (), unchanged_since=5, uid=True
    ),
    b"a FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])": c.Fetch(
        "a",
        of((2, 4)),
        (
            Attribute.FLAGS,
            c.Section(
                b"BODY[HEADER.FIELDS (DATE FROM)]", text="HEADER.FIELDS", fields=("date", "from")
            ),
        ),
    ),
    b"a FETCH 1 FULL": c.Fetch(
        "a",
        of((1, 1)),
        (
            Attribute.FLAGS,
            Attribute.INTERNALDATE,
            Attribute.SIZE,
            Attribute.ENVELOPE,
            Attribute.BODY,
        ),
    ),
    b"a FETCH 1 (UID MODSEQ EMAILID THREADID SAVEDATE PREVIEW BODYSTRUCTURE RFC822)": c.Fetch(
        "a",
        of((1, 1)),
        (
            Attribute.UID,
            Attribute.MODSEQ,
            Attribute.EMAILID,
            Attribute.THREADID,
            Attribute.SAVEDATE,
            Attribute.PREVIEW,
            Attribute.BODYSTRUCTURE,
            c.Section(b"RFC822"),
        ),
    ),
    b"a FETCH 1 PREVIEW (LAZY)": c.Fetch("a", of((1, 1)), (Attribute.PREVIEW,)),
    b"a FETCH 1 BODY.PEEK[1.2.MIME]<0.100>": c.Fetch(
        "a",
        of((1, 1)),
        (c.Section(b"BODY[1.2.MIME]<0>", (1, 2), "MIME", peek=True, partial=(0, 100)),),
    ),
    b"a FETCH 1 BODY[]": c.Fetch("a", of((1, 1)), (c.Section(b"BODY[]"),)),
    b"a FETCH 1 (BINARY.PEEK[1]<2.3> BINARY.SIZE[2] BINARY[])": c.Fetch(
        "a",
        of((1, 1)),
        (
            c.Binary(b"BINARY[1]<2>", (1,), peek=True, partial=(2, 3)),
            c.Binary(b"BINARY.SIZE[2]", (2,), size_only=True),
            c.Binary(b"BINARY[]"),
        ),
    ),
    b"a UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345 VANISHED)": c.Fetch(
        "a", of((1, STAR)), (Attribute.FLAGS,), changed_since=12345, vanished=True, uid=True
    ),
}


@pytest.mark.parametrize("octets", VALID)
def test_a_valid_command(octets: bytes) -> None:
    assert parse_command(octets) == VALID[octets]


SEEN, DELETED = k.HasFlag("SEEN"), k.HasFlag("DELETED")
KEYS: dict[bytes, k.Key] = {
    b"DELETED": DELETED,
    b"UNSEEN": k.Not(SEEN),
    b"NEW": k.And((k.HasFlag("RECENT"), k.Not(SEEN))),
    b"seen deleted": k.And((SEEN, DELETED)),
    b"(SEEN DELETED)": k.And((SEEN, DELETED)),
    b"OR SEEN (NOT DELETED)": k.Or(SEEN, k.Not(DELETED)),
    b"1:3,7": k.Among(of((1, 3), (7, 7))),
    b"$": k.Among(SequenceSet(saved=True)),
    b"UID 5:*": k.Among(of((5, STAR)), uid=True),
    b"KEYWORD $Work": k.HasFlag("$Work", keyword=True),
    b"UNKEYWORD x": k.Not(k.HasFlag("x", keyword=True)),
    b'FROM "Smith"': k.HeaderHas("from", "Smith"),
    b'HEADER X-Own ""': k.HeaderHas("x-own", ""),
    b"BODY {3}\r\na b": k.TextHas("a b", header=False),
    b"TEXT x": k.TextHas("x", header=True),
    b"SINCE 1-Feb-1994": k.Dated(k.When.INTERNAL, ">=", date(1994, 2, 1)),
    b'SENTON "1-Feb-1994"': k.Dated(k.When.SENT, "=", date(1994, 2, 1)),
    b"SAVEDBEFORE 1-Feb-1994": k.Dated(k.When.SAVED, "<", date(1994, 2, 1)),
    b"LARGER 100": k.Sized(100, larger=True),
    b"SMALLER 100": k.Sized(100, larger=False),
    b"YOUNGER 60": k.Within(60, younger=True),
    b"MODSEQ 620162338": k.ModSeq(620162338),
    b'MODSEQ "/flags/\\\\draft" all 620162338': k.ModSeq(620162338),
    b"EMAILID M6d99ac3275bb4e": k.ObjectId("M6d99ac3275bb4e", thread=False),
}


@pytest.mark.parametrize("octets", KEYS)
def test_what_a_search_asks(octets: bytes) -> None:
    for start in (b"a SEARCH ", b"a UID SEARCH CHARSET utf-8 ", b"a SEARCH RETURN (min SAVE) "):
        found = parse_command(start + octets)
        assert isinstance(found, c.Search)
        assert found.key == KEYS[octets]
        assert found.uid == (b"UID S" in start)
        assert found.options == (frozenset({"MIN", "SAVE"}) if b"min" in start else None)


def test_search_options_that_are_none() -> None:
    found = parse_command(b"a SEARCH RETURN () ALL")
    assert isinstance(found, c.Search)
    assert found.options == frozenset({"ALL"})


def test_sort_and_thread() -> None:
    sort = parse_command(b"a UID SORT RETURN (COUNT) (SUBJECT REVERSE DATE) UTF-8 SEEN")
    assert sort == c.Sort(
        "a",
        (("SUBJECT", False), ("DATE", True)),
        SEEN,
        options=frozenset({"COUNT"}),
        uid=True,
    )
    assert parse_command(b"a THREAD REFERENCES us-ascii SEEN") == c.Thread("a", "REFERENCES", SEEN)


def test_a_charset_that_nobody_reads() -> None:
    with pytest.raises(BadCommand) as error:
        parse_command(b"a SEARCH CHARSET KOI8-R ALL")
    assert error.value.charset


INVALID = [
    b"",
    b"a",
    b"a ",
    b"* NOOP",
    b"a+ NOOP",
    b"a XYZZY",
    b"a UID",
    b"a UID NOOP",
    b"a NOOP ",
    b"a NOOP x",
    b"a LOGIN x",
    b'a LOGIN x "y',
    b"a LOGIN x {5}\r\nabc",
    b"a LOGIN x {1}\r\n\0",
    b"a LOGIN \xff\xfe y",
    b"a SELECT",
    b"a SELECT x ()",
    b"a SELECT x (FOO)",
    b"a SELECT x (QRESYNC (0 1))",
    b"a SELECT x (QRESYNC (1 2 1:*))",
    b"a CREATE x (FOO)",
    b"a LIST x",
    b'a LIST (FOO) "" *',
    b'a LIST (RECURSIVEMATCH) "" *',
    b'a LIST "" * RETURN (FOO)',
    b'a LIST "" ' + b"*a" * 40,
    b"a STATUS x ()",
    b"a STATUS x (FOO)",
    b"a APPEND x",
    b"a APPEND x (\\Seen)",
    b'a APPEND x "yesterday" {1}\r\nx',
    b"a EXPUNGE 1",
    b"a STORE 1 FLAGS",
    b"a STORE 1 FOO (x)",
    b"a STORE 0 FLAGS ()",
    b"a STORE 1:2:3 FLAGS ()",
    b"a STORE 4294967296 FLAGS ()",
    b"a FETCH 1",
    b"a FETCH 1 FOO",
    b"a FETCH 1 (FLAGS",
    b"a FETCH 1 BODY[MIME]",
    b"a FETCH 1 BODY[1.]",
    b"a FETCH 1 BODY[0]",
    b"a FETCH 1 BODY[HEADER.FIELDS ()]",
    b"a FETCH 1 BODY[]<0.0>",
    b"a FETCH 1 BODY[]<5>",
    b"a FETCH 1 BINARY[1.]",
    b"a FETCH 1 FLAGS (VANISHED)",
    b"a FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)",
    b"a FETCH 1 BODY[" + b"1." * 300 + b"1]",
    b"a SEARCH",
    b"a SEARCH FOO",
    b"a SEARCH OR SEEN",
    b"a SEARCH SINCE tomorrow",
    b"a SEARCH RETURN (FOO) ALL",
    b"a SEARCH " + b"(" * 5000 + b"ALL" + b")" * 5000,
    b"a SEARCH " + b"NOT " * 5000 + b"ALL",
    b"a SORT (FOO) UTF-8 ALL",
    b"a THREAD FOO UTF-8 ALL",
    b"a ID (x)",
    b"a NOTIFY",
    b"a NOTIFY FOO",
    b"a NOTIFY SET",
    b"a NOTIFY SET STATUS",
    b"a NOTIFY SET personal NONE",
    b"a NOTIFY SET (foo NONE)",
    b"a NOTIFY SET (personal)",
    b"a NOTIFY SET (personal ())",
    b"a NOTIFY SET (mailboxes NONE)",
    b"a NOTIFY SET (mailboxes () NONE)",
    b"a NOTIFY SET (personal (MessageNew))",
    b"a NOTIFY SET (personal (FlagChange))",
    b"a NOTIFY SET (personal (MessageNew (UID) MessageExpunge))",
    b"a NOTIFY SET (selected (MessageNew (FOO) MessageExpunge))",
    b"a NOTIFY SET (selected (MailboxName))",
    b"a NOTIFY SET (selected NONE) (selected-delayed NONE)",
    b"a NOTIFY SET" + b" (personal NONE)" * 51,
    b"a ENABLE",
]  # fmt: skip


@pytest.mark.parametrize("octets", INVALID)
def test_an_invalid_command(octets: bytes) -> None:
    with pytest.raises(BadCommand) as error:
        parse_command(octets)
    assert error.value.tag == ("a" if octets == b"a" or octets.startswith(b"a ") else "*")
    assert str(error.value).isprintable()


WORDS = st.lists(
    st.sampled_from([verb.encode() for verb in sorted(VERBS)])
    | st.sampled_from(
        [b" ", b"(", b")", b'"', b"x", b"1:*", b"{1}\r\n", b"\\", b"BODY[", b"]", b"OR "]
    )
    | st.binary(max_size=4)
).map(b"".join)


@given(WORDS | st.binary(max_size=60), st.booleans())
def test_any_octets_are_a_command_or_none(octets: bytes, utf8: bool) -> None:
    for start in (b"", b"a ", b"a SEARCH ", b"a FETCH 1 ", b"a LIST ", b"a NOTIFY SET ("):
        refusal = refused(start + octets, utf8=utf8)
        assert refusal is None or refusal.isprintable()


def refused(octets: bytes, *, utf8: bool) -> str | None:
    """Return why *octets* are no command, None if they are one."""
    try:
        parse_command(octets, utf8=utf8)
    except BadCommand as error:
        return str(error)
    return None


HOSTILE = [
    b"a SEARCH " + b"OR SEEN " * 8000,
    b"a SEARCH " + b"SEEN " * 9000 + b"SEEN",
    b"a SEARCH " + b"(" * 60000,
    b"a FETCH 1 (" + b"FLAGS " * 10000,
    b"a FETCH 1 (" + b"BODY[] " * 9000 + b"UID)",
    b"a FETCH " + b"1," * 30000 + b"1 FLAGS",
    b"a LIST " + b"(" * 60000,
    b'a LIST "" ' + b"*" * 60000,
    b"a ID (" + b'"a" ' * 15000,
    b"a LOGIN " + b'"' + b"\\\\" * 30000,
    b"a STORE 1 FLAGS (" + b"x " * 30000,
    b"a SELECT x (QRESYNC (1 2 " + b"1," * 30000 + b"1))",
    b"a APPEND x " + b"{1}\r\nx " * 9000,
]


@pytest.mark.parametrize("octets", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_command_takes_no_time(octets: bytes) -> None:
    best = 1.0
    for _ in range(3):
        begin = time.process_time()
        with suppress(BadCommand):
            parse_command(octets)
        best = min(best, time.process_time() - begin)
    assert best < 0.5  # measuring coverage takes several times as long as the parser
