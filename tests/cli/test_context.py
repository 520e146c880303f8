import getpass
import io
import sys

import pytest
from twisted.internet.defer import Deferred

from mailcap.cli.context import run
from mailcap.cli.output import moment
from mailcap.cli.secret import read_password
from mailcap.domain.errors import InvalidValue, NotFound
from mailcap.store.immediate import Done


class TestRun:
    def test_it_gives_what_the_work_gives(self):
        async def work():
            return await Done(1) + await Done(2)

        assert run(work()) == 3

    def test_it_raises_what_the_work_raises(self):
        async def work():
            await Done(None)
            raise NotFound("gone")

        with pytest.raises(NotFound, match="gone"):
            run(work())

    def test_it_does_not_wait_for_ever(self):
        ended = []

        async def work():
            try:
                await Deferred()
            finally:
                ended.append(True)

        with pytest.raises(RuntimeError, match="event loop"):
            run(work())
        assert ended == [True]


class TestPrompt:
    @pytest.fixture
    def terminal(self, monkeypatch):
        """A terminal, at which a person answers with these lines."""
        lines, prompts = [], []

        def answer(prompt):
            prompts.append(prompt)
            if not lines:
                raise EOFError
            return lines.pop(0)

        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(getpass, "getpass", answer)
        return lines, prompts

    def test_a_person_is_asked_twice_without_echo(self, terminal):
        lines, prompts = terminal
        lines += ["hunter2", "hunter2"]
        assert read_password("bob") == "hunter2"
        assert prompts == ["Password for bob: ", "Again: "]

    def test_a_slip_of_the_finger_is_noticed(self, terminal):
        lines, _ = terminal
        lines += ["hunter2", "hunter3"]
        with pytest.raises(InvalidValue, match="not the same") as refusal:
            read_password("bob")
        assert "hunter" not in str(refusal.value)

    @pytest.mark.parametrize("typed", [[], ["hunter2"]])
    def test_the_end_of_the_input_is_no_password(self, terminal, typed):
        lines, _ = terminal
        lines += typed
        with pytest.raises(InvalidValue, match="No password"):
            read_password("bob")


def test_input_in_another_encoding_is_no_password(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"p\xe4ss\n"), "utf-8"))
    with pytest.raises(InvalidValue, match="encoding"):
        read_password("bob")


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_800_000_000_005, "2027-01-15T08:00:00.005Z"),
        (1_800_000_000_999, "2027-01-15T08:00:00.999Z"),
    ],
)
def test_times_are_shown_as_the_api_shows_them(milliseconds, text):
    assert moment(milliseconds) == text
