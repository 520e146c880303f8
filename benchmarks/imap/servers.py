"""The servers under test: Dovecot on a maildir, and mailcap on SQLite."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from tests.support.daemon import Daemon, Service, cpu_seconds
from tests.support.programs import find

_PATIENCE = 30.0  # seconds
_USER = "mail"  # of Debian; Dovecot serves nobody as root

_CONFIGURATION = """
protocols = {protocols}
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
mail_max_userip_connections = 0
mailbox_idle_check_interval = 1s
{users}
default_client_limit = 8000
default_process_limit = 2000
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
  chroot =
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password=benchmark
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
protocol imap {{
  mail_max_userip_connections = 0
}}
"""
_POP3 = """
service pop3-login {{
  inet_listener pop3 {{
    port = {port}
  }}
  inet_listener pop3s {{
    port = 0
  }}
  chroot =
}}
"""


class Dovecot:
    """Dovecot as Debian has it, in a *folder* of its own, with a maildir.

    With *pop3* it speaks that too, which is another package.
    """

    name = "dovecot"

    def __init__(self, folder: Path, *, pop3: bool = False) -> None:
        folder.mkdir()
        for each in (folder.parent, folder):
            each.chmod(0o755)
        mail = folder / "mail"
        mail.mkdir()
        users, uid, gid = "", os.geteuid(), os.getegid()
        if uid == 0:
            shutil.chown(mail, _USER, _USER)
            uid, gid = mail.stat().st_uid, mail.stat().st_gid
        else:
            name = mail.owner()
            users = f"default_internal_user = {name}\ndefault_login_user = {name}"
        port = _free_port()
        file = folder / "dovecot.conf"
        configuration = _CONFIGURATION.format(
            folder=folder,
            uid=uid,
            gid=gid,
            port=port,
            users=users,
            protocols="imap pop3" if pop3 else "imap",
        )
        if pop3:
            self.pop3 = Service("127.0.0.1", _free_port(), "bench", "benchmark")
            configuration += _POP3.format(port=self.pop3.port)
        file.write_text(configuration)
        self._process = subprocess.Popen([find("dovecot"), "-F", "-c", str(file)])
        self.service = Service("127.0.0.1", port, "bench", "benchmark")
        _wait_for(self.service)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(_PATIENCE)


class Mailcap:
    """The daemon as it is out of the box."""

    name = "mailcap"

    def __init__(self, folder: Path) -> None:
        self._daemon = Daemon(data_dir=folder)
        self._daemon.start()
        access = self._daemon.access
        self.service, self.pop3 = (
            Service(one.host, one.port, "bench@bench.example", one.password)
            for one in (access.imap, access.pop3)
        )

    @property
    def pid(self) -> int:
        return self._daemon.pid

    def cpu_seconds(self) -> float:
        return cpu_seconds(self._daemon.pid)

    def stop(self) -> None:
        self._daemon.stop()
        assert not self._daemon.troubles(), "".join(self._daemon.troubles())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def _wait_for(service: Service) -> None:
    for _ in range(100):
        try:
            socket.create_connection(service.address).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("dovecot does not listen")
