"""The process in which writing is done, as a function from frames to frames."""

import io
import pickle
from pathlib import Path

import pytest

from mailcap.domain.errors import NotFound
from mailcap.store import worker
from mailcap.store.frames import LENGTH, encode
from support import jobs


def serve(*octets: bytes) -> list[object]:
    answers = io.BytesIO()
    worker._serve(io.BytesIO(b"".join(octets)), answers)
    answers.seek(0)
    found = []
    while head := answers.read(LENGTH.size):
        found.append(pickle.loads(answers.read(*LENGTH.unpack(head))))
    return found


@pytest.fixture
def url(tmp_path: Path) -> bytes:
    return encode(f"sqlite:///{tmp_path}/test.db")


def test_each_job_has_its_answer_in_turn(url: bytes) -> None:
    note, read = encode((jobs.note, ("one",), {})), encode((jobs.notes, (), {}))
    assert serve(url, note, read) == [(True, None, frozenset()), (True, ["one"], frozenset())]


def test_failures_are_answers_too(url: bytes) -> None:
    (refused, error, _), (stumbled, text, _) = serve(
        url, encode((jobs.refuse, (), {})), encode((jobs.stumble, (), {}))
    )
    assert (refused, stumbled) == (False, False)
    assert isinstance(error, NotFound)
    assert "ZeroDivisionError: mine" in text


def test_a_job_that_came_in_part_is_not_done(url: bytes) -> None:
    job = encode((jobs.note, ("half",), {}))
    read = encode((jobs.notes, (), {}))
    serve(url, encode((jobs.note, ("whole",), {})))
    for cut in (1, LENGTH.size - 1, LENGTH.size, len(job) - 1):
        assert serve(url, job[:cut]) == []
    assert serve(url, read) == [(True, ["whole"], frozenset())]


def test_an_answer_tells_which_mailboxes_have_changed(url: bytes) -> None:
    assert serve(url, encode((jobs.change, ([3, 4],), {}))) == [(True, None, frozenset({3, 4}))]


def test_nobody_asks_for_anything(url: bytes) -> None:
    assert serve() == serve(url) == []
