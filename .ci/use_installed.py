"""Start the mailcap of this environment and use it: SMTP in, REST out."""

import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from support.daemon import Daemon
from support.rest import Api
from support.smtp import Client

INBOX = "wheel@capture.example"
BODY = b"Subject: installed\r\n\r\n.one line\r\n"


def main() -> None:
    """Deliver one message and read it back; an error ends with a traceback."""
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(data_dir=Path(folder) / "data")
        daemon.start()
        try:
            with Client(daemon.access.smtp) as client:
                client.expect(250, "EHLO wheel.example")
                client.deliver(BODY, INBOX)
            api = Api(daemon.access)
            (message,) = api.messages(INBOX)
            raw = api.raw(INBOX, message["_id"])
        finally:
            daemon.stop()
    if not raw.endswith(BODY) or daemon.troubles():
        raise SystemExit(f"{raw!r}\n{''.join(daemon.troubles())}")
    print(f"{message['subject']}: {message['_id']} arrived and came back")


if __name__ == "__main__":
    main()
