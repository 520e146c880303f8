"""What a start makes, and what the next ones keep."""

import shlex
import shutil
import socket
import ssl
import stat
import subprocess
from datetime import UTC, datetime

from mailcap.assembly.certificates import ensure_certificate
from support.daemon import Daemon
from support.twistd import account_of

GIVEN_KEY = "k_chosenByTheOperator"


def test_the_first_start_makes_all_that_is_needed(daemon, folder):
    server = daemon(data_dir=folder)
    assert account_of(server) == "admin"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert {"access.env", "ca.pem", "ca-key.pem", "server.pem", "mailcap.db"} <= modes.keys()
    assert modes.pop("ca.pem") == 0o644
    assert set(modes.values()) == {0o600}


def test_a_folder_that_others_may_change_is_named(daemon, folder):
    folder.mkdir()
    folder.chmod(0o777)
    server = daemon(data_dir=folder)
    assert f"other users may change the data folder {folder}" in str(server.log)
    assert stat.S_IMODE((folder / "access.env").stat().st_mode) == 0o600


def test_access_env_has_what_clients_need(daemon, folder):
    server = daemon(data_dir=folder)
    values = server.access.values
    prefixes = (
        "SMTP", "SUBMISSION", "SECURE_SMTP", "IMAP", "SECURE_IMAP", "POP3", "SECURE_POP3",
    )  # fmt: skip
    parts = ("SERVER_HOST", "SERVER_PORT", "USERNAME", "PASSWORD")
    assert set(values) == {
        "MAILCAP_API_URL",
        "MAILCAP_API_KEY",
        "MAILCAP_USERNAME",
        "MAILCAP_CA_FILE",
        "IMAP_MAILBOX",
        *(f"{prefix}_{part}" for prefix in prefixes for part in parts),
    }
    ports = [int(values[f"{prefix}_SERVER_PORT"]) for prefix in prefixes]
    assert 0 not in ports
    assert len(set(ports)) == len(prefixes)
    assert values["MAILCAP_CA_FILE"] == str(folder / "ca.pem")
    assert {values[f"{prefix}_USERNAME"] for prefix in prefixes} == {"admin"}
    assert {values[f"{prefix}_PASSWORD"] for prefix in prefixes} == {values["MAILCAP_API_KEY"]}


def test_a_shell_can_source_access_env(daemon, tmp_path):
    server = daemon(data_dir=tmp_path / "it's my folder")
    shell = shutil.which("bash") or "sh"
    script = f'. {shlex.quote(str(server.data_dir / "access.env"))}; printf %s "$MAILCAP_CA_FILE"'
    done = subprocess.run([shell, "-euc", script], capture_output=True, text=True, check=True)
    assert done.stdout == str(server.data_dir / "ca.pem")


def test_a_client_trusts_what_it_finds_there(daemon):
    access = daemon().access
    trust = ssl.create_default_context(cafile=access.ca_file)
    with (
        socket.create_connection(access.submissions.address) as plain,
        trust.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        assert connection.recv(3) == b"220"


def test_another_start_keeps_key_certificate_and_mail(daemon, folder):
    server = daemon(data_dir=folder)
    key = server.access.api_key
    kept = {name: (folder / name).read_bytes() for name in ("ca.pem", "server.pem")}
    server.terminate()
    server.start()
    assert server.access.api_key == key
    assert account_of(server) == "admin"
    assert {name: (folder / name).read_bytes() for name in kept} == kept


def test_the_operator_may_choose_the_key(daemon, folder):
    server = daemon(data_dir=folder, environment={"MAILCAP_ADMIN_KEY": GIVEN_KEY})
    assert server.access.api_key == GIVEN_KEY
    assert account_of(server) == "admin"


def test_a_key_is_chosen_once(folder):
    """Later it counts only if it is one."""
    first = Daemon(data_dir=folder, environment={"MAILCAP_ADMIN_KEY": GIVEN_KEY})
    first.start()
    first.stop()
    later = Daemon(data_dir=folder, environment={"MAILCAP_ADMIN_KEY": "k_chosenTooLate00000"})
    later.start()
    try:
        assert later.access.api_key == GIVEN_KEY
        assert "MAILCAP_ADMIN_KEY is no key of admin" in str(later.log)
    finally:
        later.stop()


def test_a_key_that_nobody_knows_any_more_is_left_out(daemon, folder):
    server = daemon(data_dir=folder)
    server.terminate()
    (folder / "access.env").unlink()
    server.start()
    assert "MAILCAP_API_KEY" not in server.access.values
    assert "SMTP_PASSWORD" not in server.access.values
    assert server.access.values["SMTP_USERNAME"] == "admin"
    assert "mailcap key add" in str(server.log)


def test_a_key_that_was_changed_by_hand_is_left_out_too(daemon, folder):
    server = daemon(data_dir=folder)
    server.terminate()
    file = folder / "access.env"
    file.write_text(file.read_text().replace(server.access.api_key, "k_somethingElse12345"))
    server.start()
    assert server.access.api_key is None


def test_the_operator_can_give_a_lost_key_again(folder):
    environment = {"MAILCAP_ADMIN_KEY": GIVEN_KEY}
    server = Daemon(data_dir=folder, environment=environment)
    for _ in range(2):
        server.start()
        assert server.access.api_key == GIVEN_KEY
        server.stop()
        (folder / "access.env").unlink()


def test_a_start_after_a_sudden_end(daemon, folder):
    server = daemon(data_dir=folder)
    key = server.access.api_key
    server.kill()
    server.start()
    assert server.access.api_key == key
    assert account_of(server) == "admin"


def test_two_daemons_may_share_a_database_server(daemon, tmp_path, postgres_url):
    environment = {"MAILCAP_ADMIN_KEY": GIVEN_KEY}
    for name in ("one", "two"):
        server = daemon(data_dir=tmp_path / name, database=postgres_url, environment=environment)
        assert server.access.api_key == GIVEN_KEY
        assert account_of(server) == "admin"


def test_a_certificate_of_the_operator_is_used(daemon, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    pem = ensure_certificate(own, ["mail.example"], now=datetime.now(UTC))
    server = daemon(settings={"tls.certificate": pem, "tls.key": pem, "tls.ca": own / "ca.pem"})
    assert server.access.ca_file == str(own / "ca.pem")
    assert not list(server.data_dir.glob("*.pem"))
    trust = ssl.create_default_context(cafile=own / "ca.pem")
    with (
        socket.create_connection(server.access.submissions.address) as plain,
        trust.wrap_socket(plain, server_hostname="mail.example") as connection,
    ):
        assert connection.recv(3) == b"220"


def test_the_name_of_the_server_is_in_its_certificate(daemon):
    access = daemon(settings={"server.name": "mail.example"}).access
    trust = ssl.create_default_context(cafile=access.ca_file)
    with (
        socket.create_connection(access.submissions.address) as plain,
        trust.wrap_socket(plain, server_hostname="mail.example") as connection,
    ):
        assert connection.recv(100).startswith(b"220 mail.example ")
