"""SEARCH, SORT and THREAD."""

import pytest

from imap.house import INBOX, House
from support.scripts import play

DAY = 86400


@pytest.fixture
def house(house: House) -> House:
    """Five messages, a day apart; the last one came just now."""
    now = house.bench.clock.seconds
    for number, (header, rest) in enumerate(
        [
            (("Subject: Hello World\r\nFrom: Zoe <zoe@a.test>\r\nTo: b@b.test\r\n"
             "Date: Mon, 1 Jan 2024 23:30:00 -0500\r\nMessage-ID: <1@x>\r\n"), "Invoice\r\n"),
            (("Subject: Re: hello\r\n world\r\nFrom: ann@a.test\r\nCc: c@c.test\r\n"
             "In-Reply-To: <1@x>\r\nMessage-ID: <2@x>\r\n"), "nothing here\r\n"),
            (("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Odd: yes\r\n"
             "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"),
             "w4RwZmVsIHVuZCBCaXJuZW4=\r\n"),
            (("Subject: b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n"),
             "caf=E9 in=\r\nvoice " + "x" * 499),
            ("Subject: a\r\nDate: rubbish\r\n", "last\r\n"),
        ]
    ):  # fmt: skip
        house.bench.deliver(
            INBOX,
            header=f"{header}\r\n".encode(),
            rest=rest.encode(),
            received=now - (4 - number) * DAY,
        )
    house.selected().send(b"a STORE 2:3 FLAGS (\\Seen Key)\r\n")
    return house


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ("ALL", "1 2 3 4 5"),
        ("2:3", "2 3"),
        ("UID 4:*", "4 5"),
        ("*", "5"),
        ("SEEN", "2 3"),
        ("UNSEEN", "1 4 5"),
        ("NEW", ""),
        ("OLD", "1 2 3 4 5"),
        ("KEYWORD key", "2 3"),
        ("UNKEYWORD KEY 1:2", "1"),
        ("NOT (OR SEEN 5)", "1 4"),
        ("SUBJECT hello", "1 2"),
        ('SUBJECT "hello world"', "1 2"),
        ("SUBJECT {7+}\r\nGrüße", "3"),
        ('SUBJECT "GRÜSSE"', "3"),
        ("SUBJECT World FROM zoe", "1"),
        ("OR FROM zoe FROM ann", "1 2"),
        ("NOT SUBJECT hello", "3 4 5"),
        ("HEADER X-Odd YES", "3"),
        ('HEADER X-Odd ""', "3"),
        ("HEADER Received tim", ""),
        ("CC c@c", "2"),
        ("BCC c@c", ""),
        ("TEXT invoice", "1 4"),
        ("BODY world", ""),
        ("TEXT world", "1 2"),
        ('BODY "äPFEL"', "3"),
        ('BODY "café"', "4"),
        ("BODY nothing NOT SEEN", ""),
        ("LARGER 400", "4"),
        ("SMALLER 120", "5"),
        ("SINCE 20-Sep-2026", "4 5"),
        ("ON 20-Sep-2026", "4"),
        ("BEFORE 20-Sep-2026", "1 2 3"),
        ("SENTON 1-Jan-2024", "1"),
        ("SENTSINCE 21-Sep-2026", "5"),
        ("SENTBEFORE 1-Jan-2025", "1"),
        ("SAVEDSINCE 21-Sep-2026", "5"),
        ("SAVEDATESUPPORTED 1", "1"),
        ("YOUNGER 3600", "5"),
        ("OLDER 100000 UNSEEN", "1"),
        ("MODSEQ 7", "2 3"),
    ],
)
def test_keys(house: House, keys: str, found: str) -> None:
    answer = house.selected().send(f"a UID SEARCH CHARSET UTF-8 {keys}\r\n".encode())
    line = next(line for line in answer.split(b"\r\n") if line.startswith(b"* SEARCH"))
    assert line.decode().partition(" (MODSEQ")[0] == f"* SEARCH {found}".rstrip()


def test_results_in_other_forms(house: House) -> None:
    play(
        house.selected(),
        """
        C: t SEARCH RETURN (MIN MAX COUNT ALL) NOT 2
        S: * ESEARCH (TAG "t") MIN 1 MAX 5 ALL 1,3:5 COUNT 4
        S: t OK SEARCH completed
        C: t UID SEARCH RETURN () UNSEEN
        S: * ESEARCH (TAG "t") UID ALL 1,4:5
        S: t OK SEARCH completed
        C: t SEARCH RETURN (MIN COUNT) KEYWORD none
        S: * ESEARCH (TAG "t") COUNT 0
        S: t OK SEARCH completed
        C: t SEARCH RETURN (SAVE) SEEN
        S: t OK SEARCH completed
        C: t FETCH $ UID
        S: * 2 FETCH (UID 2)
        S: * 3 FETCH (UID 3)
        S: t OK FETCH completed
        C: t SEARCH $ SUBJECT hello
        S: * SEARCH 2
        S: t OK SEARCH completed
        C: t SEARCH RETURN (SAVE MIN MAX) ALL
        S: * ESEARCH (TAG "t") MIN 1 MAX 5
        S: t OK SEARCH completed
        C: t UID SEARCH $
        S: * SEARCH 1 5
        S: t OK SEARCH completed
        C: t SEARCH RETURN (SAVE) 9
        S: t BAD There is no message 9
        C: t ENABLE IMAP4rev2
        S: * ENABLED IMAP4REV2
        S: t OK ENABLE completed
        C: t SEARCH UNSEEN
        S: * ESEARCH (TAG "t") ALL 1,4:5
        S: t OK SEARCH completed
        """,
    )


def test_so_many_keys_are_too_many(house: House) -> None:
    keys = " ".join(["SEEN"] * 1001)
    play(house.selected(), f"C: a SEARCH {keys}\nS: a NO [LIMIT] ...")


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ("ARRIVAL", "1 2 3 4 5"),
        ("REVERSE ARRIVAL", "5 4 3 2 1"),
        ("SUBJECT", "5 4 3 1 2"),
        ("SUBJECT REVERSE DATE", "5 4 3 2 1"),
        ("SIZE", "5 2 1 3 4"),
        ("DATE", "1 2 3 4 5"),
        ("FROM ARRIVAL", "3 4 5 2 1"),
        ("DISPLAYFROM", "3 4 5 2 1"),
        ("REVERSE CC", "2 1 3 4 5"),
    ],
)
def test_sort(house: House, criteria: str, found: str) -> None:
    play(
        house.selected(),
        f"C: a SORT ({criteria}) UTF-8 ALL\nS: * SORT {found}\nS: a OK SORT completed",
    )


def test_esort(house: House) -> None:
    play(
        house.selected(),
        """
        C: a UID SORT RETURN (MIN ALL COUNT) (REVERSE ARRIVAL) UTF-8 UNSEEN
        S: * ESEARCH (TAG "a") UID MIN 5 ALL 5,4,1 COUNT 3
        S: a OK SORT completed
        """,
    )


def test_thread(house: House) -> None:
    play(
        house.selected(),
        """
        C: a THREAD REFERENCES UTF-8 ALL
        S: * THREAD (1 2)(3)(4)(5)
        S: a OK THREAD completed
        C: a UID THREAD ORDEREDSUBJECT UTF-8 1:2
        S: * THREAD (1 2)
        S: a OK THREAD completed
        C: a THREAD REFERENCES UTF-8 KEYWORD none
        S: * THREAD
        S: a OK THREAD completed
        """,
    )
