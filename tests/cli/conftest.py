"""The command in this process, over a database of its own."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from fakes import outcome
from mailcap.cli import main
from mailcap.services.accounts import Accounts
from mailcap.store import Store


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a server that has been started once."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("MAILCAP_STORAGE_URL", "MAILCAP_ACCOUNTS_HOME_DOMAIN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MAILCAP_DATA_DIR", str(folder))
    monkeypatch.chdir(tmp_path)
    store = Store(f"sqlite:///{folder}/mailcap.db")
    store.open()
    outcome(Accounts(store.accounts, home_domain="home.mailcap").ensure_admin())
    store.close()
    return folder


@pytest.fixture
def mailcap(data_dir, capsys, monkeypatch) -> Callable[..., Ended]:  # noqa: ARG001
    """A function that runs the command with words, and with *typed* as its input."""

    def run(*words: str, typed: str = "") -> Ended:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        try:
            status = main(words)
        except SystemExit as end:
            status = end.code
        captured = capsys.readouterr()
        return Ended(status, captured.out, captured.err)

    return run
