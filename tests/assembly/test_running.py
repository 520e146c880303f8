"""The ways in which it may run, and how it stops."""

import os
import resource
import select
import signal
import smtplib
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from support.daemon import READY, clean_environment
from support.twistd import ANY_PORTS, TWISTD, running, told


def test_the_environment_and_a_file_are_read(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text('[server]\nname = "file.example"\n[limits]\nmessage_size = "5 MiB"\n')
    command = [TWISTD, "-n", "--pidfile=", "mailcap", "--config", file.name, *ANY_PORTS]
    variables = {"MAILCAP_LIMITS_MESSAGE_SIZE": "1 MiB", "MAILCAP_DATA_DIR": "data"}
    with running(command, env=clean_environment() | variables, cwd=tmp_path):
        port = int(told(tmp_path / "data", "SMTP_SERVER_PORT"))
        assert _ehlo(port) == ("file.example", "1048576")


def _ehlo(port: int) -> tuple[str, str]:
    """Return the server's name and its limit of size."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.ehlo("client.example")
        return client.ehlo_resp.split()[0].decode(), client.esmtp_features["size"]


def test_a_variable_that_is_no_setting_is_named_once(daemon):
    environment = {"MAILCAP_FOO": "1", "MAILCAP_SMTP_PROT": "2", "MAILCAP_PORT": "tcp://10.0.0.1:1"}
    log = str(daemon(environment=environment).log)
    assert log.count("no such setting") == 1
    assert ": MAILCAP_FOO, MAILCAP_SMTP_PROT\n" in log


def test_no_secret_of_the_database_is_shown(daemon, postgres_url):
    secret = "geheim"  # not asked for by this server
    url = postgres_url.replace("postgresql://postgres:", f"postgresql://postgres:{secret}", 1)
    assert secret in url
    server = daemon(database=url)
    assert "made the database postgresql://postgres:***@" in str(server.log)
    assert secret not in str(server.log)


def test_the_limit_on_open_files_is_raised_and_said(daemon):
    server = daemon(soft_files=256)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert f"up to {hard} files may be open, enough for {hard - 128} connections" in str(server.log)
    limits = Path(f"/proc/{server.pid}/limits").read_text()
    (line,) = (each for each in limits.splitlines() if each.startswith("Max open files"))
    assert line.split()[3:5] == [str(hard), str(hard)]


def test_it_stops_when_asked_to_and_says_goodbye(daemon):
    server = daemon()
    with socket.create_connection(server.access.smtp.address, timeout=60) as connection:
        assert connection.recv(4096).startswith(b"220 ")
        server.terminate()
        assert connection.recv(4096).startswith(b"421 4.3.2 ")
        assert connection.recv(4096) == b""


def test_a_socket_file_serves(daemon, tmp_path):
    server = daemon(settings={"listen.http": f"tcp:0:interface=127.0.0.1 unix:{tmp_path}/http"})

    class Connection(HTTPConnection):
        def connect(self):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(f"{tmp_path}/http")

    connection = Connection("localhost")
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()
    server.terminate()
    assert not (tmp_path / "http").exists()


HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="smtp")
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_a_socket_of_systemd_serves(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as handed_over:
        descriptor, port = handed_over.fileno(), handed_over.getsockname()[1]
        settings = [*ANY_PORTS, "--set=listen.smtp=systemd:domain=INET:name=smtp"]
        command = [TWISTD, "-n", "--pidfile=", "mailcap", "--data-dir=data", *settings]
        with running(
            [sys.executable, "-c", HAND_OVER, descriptor, *command],
            env=clean_environment(),
            cwd=tmp_path,
            pass_fds=[descriptor],
        ):
            assert told(tmp_path / "data", "SMTP_SERVER_PORT") == str(port)
            assert _ehlo(port)


def test_the_reactor_of_the_operator_is_used(tmp_path):
    """Nothing that twistd loads before may install another one."""
    command = [TWISTD, "--reactor=poll", "-n", "--pidfile=", "mailcap", "--data-dir=data"]
    with running([*command, *ANY_PORTS], env=clean_environment(), cwd=tmp_path) as log:
        assert any("PollReactor" in line for line in log)


def test_the_plugin_brings_nothing_with_it():
    """`twistd --help` is for everybody, so the plugin imports nothing of ours."""
    script = (
        "import sys\nfrom twisted.plugins import mailcap_plugin\n"
        "print([name for name in sys.modules if name.startswith('mailcap')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def in_background(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run twistd as a daemon that moves to another folder, and return what it said."""
    return subprocess.run(
        [
            *(TWISTD, "--rundir=/", f"--pidfile={tmp_path}/pid", f"--logfile={tmp_path}/log"),
            *("mailcap", "--data-dir", "data", *ANY_PORTS, *arguments),
        ],
        env=clean_environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_may_run_in_the_background(tmp_path):
    done = in_background(tmp_path)
    pid = int((tmp_path / "pid").read_text())
    try:
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        url = urlsplit(told(tmp_path / "data", "MAILCAP_API_URL"))
        connection = HTTPConnection(url.hostname, url.port, timeout=60)
        connection.request("GET", "/readyz")
        assert connection.getresponse().status == 200
        connection.close()
        assert READY in (tmp_path / "log").read_text()
    finally:
        descriptor = os.pidfd_open(pid)
        signal.pidfd_send_signal(descriptor, signal.SIGTERM)
        _wait_for_the_end(descriptor)
    assert not (tmp_path / "pid").exists()


def _wait_for_the_end(descriptor: int) -> None:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    assert poll.poll(60_000)
    os.close(descriptor)


def test_what_fails_in_the_background_is_said_and_logged(tmp_path):
    done = in_background(tmp_path, "--set", "listen.http=unix:/proc/no/http")
    assert done.returncode == 1
    assert "listen.http[0]: cannot listen on unix:/proc/no/http" in done.stderr
    log = (tmp_path / "log").read_text()
    assert "listen.http[0]: cannot listen on unix:/proc/no/http: No such file" in log
    assert "Traceback" not in log
    assert not (tmp_path / "pid").exists()
    assert not (tmp_path / "data").exists()


def test_mistakes_are_said_before_it_goes_into_the_background(tmp_path):
    done = in_background(tmp_path, "--set", "limits.recipients=none")
    assert done.returncode == 1
    assert done.stderr == "mailcap: --set limits.recipients: 'none' is not a whole number\n"
    assert not (tmp_path / "log").exists()
