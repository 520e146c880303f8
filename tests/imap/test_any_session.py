"""Whatever a client says, in whatever pieces, is answered; and never by an internal error."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imap.house import INBOX, House

SETS = ("1", "*", "1:*", "2:4,1", "$", "99", "4294967295")
ITEMS = (
    "FLAGS", "UID", "MODSEQ", "ENVELOPE", "BODYSTRUCTURE", "BODY", "BODY[]", "BODY.PEEK[1.MIME]",
    "BODY[HEADER.FIELDS (SUBJECT)]", "BODY.PEEK[]<1.5>", "BINARY[1]", "BINARY.SIZE[2]", "PREVIEW",
    "RFC822", "INTERNALDATE", "SAVEDATE", "EMAILID", "THREADID", "RFC822.SIZE",
)  # fmt: skip
KEYS = (
    "ALL", "SEEN", "NOT DELETED", "SUBJECT x", "TEXT y", "OR 1 UID 3", "LARGER 9", "MODSEQ 3",
    "SINCE 1-Jan-2020", "SENTON 2-Feb-2022", "YOUNGER 9", "KEYWORD foo", "(RECENT $)", "9:*",
)  # fmt: skip
BOXES = ("INBOX", "Trash", "Work", "Work/x", INBOX, "public@example.com", "nowhere")
FLAGS = (r"\Seen", r"\Deleted", r"\Flagged", "foo", "Foo", r"\Recent")

sets, boxes = st.sampled_from(SETS), st.sampled_from(BOXES)
uid = st.sampled_from(("", "UID "))
flags = st.lists(st.sampled_from(FLAGS), max_size=3).map(" ".join)
commands = st.one_of(
    st.builds("{}FETCH {} ({})".format, uid, sets, st.sampled_from(ITEMS)),
    st.builds("{}STORE {} {}FLAGS ({})".format, uid, sets, st.sampled_from(("", "+", "-")), flags),
    st.builds("{}{} {} {}".format, uid, st.sampled_from(("COPY", "MOVE")), sets, boxes),
    st.builds("{}SEARCH {}".format, uid, st.sampled_from(KEYS)),
    st.builds("{}SEARCH RETURN (SAVE MIN COUNT) {}".format, uid, st.sampled_from(KEYS)),
    st.builds("{}SORT (SUBJECT REVERSE DATE) UTF-8 {}".format, uid, st.sampled_from(KEYS)),
    st.builds("{}THREAD REFERENCES UTF-8 {}".format, uid, st.sampled_from(KEYS)),
    st.builds("APPEND {} ({}) {{5+}}\r\nab\r\nc".format, boxes, flags),
    st.builds("REPLACE {} {} {{1+}}\r\nx".format, sets, boxes),
    st.builds("{} {}".format, st.sampled_from(("SELECT", "EXAMINE", "CREATE", "DELETE")), boxes),
    st.builds("SELECT {} (QRESYNC (1 2 1:5))".format, boxes),
    st.builds("RENAME {} {}".format, boxes, boxes),
    st.builds("STATUS {} (MESSAGES RECENT SIZE HIGHESTMODSEQ)".format, boxes),
    st.sampled_from(
        ("NOOP", "EXPUNGE", "CLOSE", "UNSELECT", 'LIST "" *', 'LSUB "" %', "ENABLE QRESYNC",
         "ENABLE IMAP4rev2", "IDLE\r\nDONE", "CAPABILITY", "NAMESPACE", "GETQUOTAROOT INBOX")
    ),
)  # fmt: skip
said = st.lists(commands.map(str.encode) | st.binary(max_size=12), min_size=1, max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(said, min_size=1, max_size=3), st.integers(1, 200))
def test_any_sessions(house: House, sessions: list[list[bytes]], size: int) -> None:
    """Several sessions take turns on the same mailboxes."""
    house.deliver("x", "y")
    clients = [house.selected() for _ in sessions]
    for turn in range(max(map(len, sessions))):
        for client, script in zip(clients, sessions, strict=True):
            if turn < len(script) and not client.closed:
                octets = b"a %b\r\n" % script[turn]
                for start in range(0, len(octets), size):
                    assert b"SERVERBUG" not in client.send(octets[start : start + size])
    for client in clients:
        client.close()
    assert not house.server.hub.watched()
