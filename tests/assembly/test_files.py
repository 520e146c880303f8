"""The data folder: private, claimed by one, and never half written."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from mailcap.assembly.files import (
    PUBLIC,
    Claim,
    claim_database,
    claim_folder,
    is_open_to_others,
    make_folder,
    read_file,
    write_file,
)
from mailcap.domain.errors import ConfigurationError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o077], ids=["no umask", "strict umask"])
def _umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_umask")
def test_a_new_folder_is_for_its_owner_alone(tmp_path):
    assert make_folder(tmp_path / "a" / "b") is True
    assert mode(tmp_path / "a" / "b") == 0o700


def test_a_folder_that_is_there_stays_as_it_is(tmp_path):
    tmp_path.chmod(0o755)
    assert make_folder(tmp_path) is False
    assert mode(tmp_path) == 0o755


@pytest.mark.parametrize("place", ["/proc/data", "/dev/null/data", "/dev/null"])
def test_a_folder_that_cannot_be_made_is_named(place):
    with pytest.raises(ConfigurationError, match=rf"^the data folder {place} cannot be made: ."):
        make_folder(Path(place))


@pytest.mark.usefixtures("_umask")
def test_a_file_has_its_mode_whatever_the_umask(tmp_path):
    write_file(tmp_path / "secret", "a")
    write_file(tmp_path / "public", "b", mode=PUBLIC)
    assert mode(tmp_path / "secret") == 0o600
    assert mode(tmp_path / "public") == 0o644


@pytest.mark.usefixtures("_umask")
def test_a_file_is_private_until_it_is_complete(tmp_path, monkeypatch):
    modes = []
    really = os.fchmod

    def look(descriptor, mode):
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        really(descriptor, mode)

    monkeypatch.setattr(os, "fchmod", look)
    write_file(tmp_path / "public", "b", mode=PUBLIC)
    assert modes == [0o600]


def test_a_file_lasts_when_it_has_been_written(tmp_path, monkeypatch):
    """Its content, and then its name."""
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor)))
    write_file(tmp_path / "file", "x")
    content, name = synced
    assert content.st_ino == (tmp_path / "file").stat().st_ino
    assert name.st_ino == tmp_path.stat().st_ino


@pytest.mark.parametrize(
    ("permissions", "is_open"),
    [(0o700, False), (0o755, False), (0o775, False), (0o777, True), (0o1777, True)],
)
def test_a_folder_into_which_anybody_may_write_is_open_to_others(tmp_path, permissions, is_open):
    tmp_path.chmod(permissions)
    assert is_open_to_others(tmp_path) is is_open


@pytest.mark.parametrize(("user", "is_open"), [(0, False), (1, False), (2, True)])
def test_so_is_one_of_another_user(monkeypatch, user, is_open):
    folder = SimpleNamespace(stat=lambda: SimpleNamespace(st_mode=0o40755, st_uid=user))
    monkeypatch.setattr(os, "geteuid", lambda: 1)
    assert is_open_to_others(folder) is is_open


def test_a_file_is_replaced_not_changed(tmp_path):
    path = tmp_path / "file"
    write_file(path, "old")
    with path.open() as reader:
        write_file(path, "new")
        assert reader.read() == "old"
    assert read_file(path) == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_content(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_file(path, "old")
    monkeypatch.setattr(os, "fsync", _no_space)
    with pytest.raises(ConfigurationError, match=rf"^{path} cannot be written: No space left"):
        write_file(path, "new")
    assert read_file(path) == "old"
    assert list(tmp_path.iterdir()) == [path]


def _no_space(_descriptor):
    raise OSError(28, "No space left on device")


def test_what_an_interrupted_write_left_is_in_nobodys_way(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious")
    (tmp_path / "file.new").symlink_to(elsewhere)
    write_file(tmp_path / "file", "new")
    assert read_file(tmp_path / "file") == "new"
    assert elsewhere.read_text() == "precious"


def test_reading(tmp_path):
    assert read_file(tmp_path / "none") is None
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        read_file(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match=r"cannot be read: .*utf-8"):
        read_file(tmp_path / "binary")


HOLDER = """
import sys
from pathlib import Path
from mailcap.assembly.files import Claim
claim = Claim(Path(sys.argv[1]), "it")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds ``tmp_path/lock``."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "lock")],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_claim_is_refused_to_others_and_says_who_has_it(tmp_path, holder):
    with pytest.raises(ConfigurationError) as caught:
        Claim(tmp_path / "lock", "the folder")
    assert str(caught.value) == f"the folder is in use by another mailcap (process {holder.pid})"


def test_a_claim_ends_with_the_process_however_it_ends(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    Claim(tmp_path / "lock", "the folder").close()


def test_a_claim_can_be_given_back(tmp_path):
    first = Claim(tmp_path / "lock", "it")
    with pytest.raises(ConfigurationError, match=str(os.getpid())):
        Claim(tmp_path / "lock", "it")
    first.close()
    Claim(tmp_path / "lock", "it").close()


def test_a_claim_writes_into_no_file_of_somebody_elses_choice(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("mail")
    (tmp_path / "lock").symlink_to(precious)
    with pytest.raises(ConfigurationError, match=r"lock cannot be opened: "):
        Claim(tmp_path / "lock", "it")
    assert precious.read_text() == "mail"


def test_a_database_is_claimed_with_its_folder_or_by_itself(tmp_path):
    folder = claim_folder(tmp_path)
    with pytest.raises(ConfigurationError, match=f"^the data folder {tmp_path} is in use"):
        claim_database(tmp_path / "mailcap.db", tmp_path)
    elsewhere = claim_database(tmp_path / "mailcap.db", tmp_path / "data")
    assert (tmp_path / "mailcap.db.lock").exists()
    for claim in (folder, elsewhere):
        claim.close()


def test_a_claim_where_nothing_can_be_written_is_refused():
    with pytest.raises(ConfigurationError, match=r"^/proc/lock cannot be opened: ."):
        Claim(Path("/proc/lock"), "it")
