"""Klein with one route that answers the same octets again and again."""

import sys
from pathlib import Path

from klein import Klein
from twisted.internet import reactor
from twisted.web.server import Request, Site

_BODY = Path(sys.argv[1]).read_bytes()
_app = Klein()


@_app.route("/<path:_anything>")
def answer(request: Request, _anything: str) -> bytes:
    request.setHeader(b"Content-Type", b"application/json; charset=utf-8")
    return _BODY


port = reactor.listenTCP(0, Site(_app.resource()), interface="127.0.0.1")
print(f"http://127.0.0.1:{port.getHost().port}/constant", flush=True)
reactor.run()
