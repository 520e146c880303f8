"""A request, made fit for routing."""

# ruff: noqa: N802 - the names of methods that Twisted calls
from __future__ import annotations

from io import BytesIO
from urllib.parse import unquote_to_bytes

from twisted.python.failure import Failure
from twisted.web.http import parse_qs
from twisted.web.server import Request as TwistedRequest

from mailcap.web.channel import BodyTooLarge, Channel
from mailcap.web.problems import problem, problem_reply
from mailcap.web.responses import write_reply
from mailcap.web.server import Site


def segments(path: bytes) -> list[bytes]:
    """Return the parts of a path that routing compares, without percent-encoding.

    Double and trailing slashes say nothing (Mailsac's published examples send
    both).  A slash or percent sign that was encoded stays so, because it belongs to
    its part; `original` decodes it.
    """
    parts = [part for part in path.split(b"/") if part]
    if b"%" not in path:
        return parts
    return [unquote_to_bytes(part).replace(b"%", b"%25").replace(b"/", b"%2F") for part in parts]


def original(part: str) -> str:
    """Return what a part of a path stands for, as the client meant it."""
    return part.replace("%2F", "/").replace("%25", "%")


class Request(TwistedRequest):
    """One request on a `mailcap.web.channel.Channel`.

    *place* is its path in the form of `segments`, with one slash between them.
    """

    defaultContentType = None  # noqa: N815
    channel: Channel
    content: BytesIO
    site: Site
    place: str

    _held = 0

    def gotLength(self, length: int | None) -> None:  # noqa: ARG002
        """Make room for the body: in memory, since the channel bounds it."""
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        """Take a piece of the body.  Raises `BodyTooLarge` or `Busy`."""
        self.site = self.channel.site
        if self._held + len(data) > self.site.limits.body:
            raise BodyTooLarge
        self.site.budget.take(len(data))
        if not self._held:
            self.notifyFinish().addBoth(lambda _: self.release())
        self._held += len(data)
        self.content.write(data)

    def release(self) -> None:
        """Hold the body no longer."""
        if self._held:
            self.site.budget.give_back(self._held)
            self._held = 0
            self.content = BytesIO()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Go to work: the request is complete.

        The body is left as it is.  The base class would parse forms, which nothing
        here wants, and parse them again with every way of encoding them.
        """
        self.content.seek(0)
        self.method, self.uri, self.clientproto = command, path, version
        self.path, _, query = path.partition(b"?")
        self.args = parse_qs(query, keep_blank_values=True) if query else {}
        self.process()

    def process(self) -> None:
        """Find who answers."""
        self.site = self.channel.site
        self.prepath = []
        self.postpath = segments(self._local_path())
        if not self.method.isupper():  # RFC 9110 section 9.1; the router would not mind
            write_reply(self, problem_reply(501, "Methods are written in capital letters."))
            return
        try:
            self.place = b"/".join(self.postpath).decode()
        except UnicodeDecodeError:
            write_reply(self, problem_reply(400, "The path is not encoded as UTF-8."))
            return
        try:
            if self.site.live.wants(self):
                self.site.live.take(self)
            else:
                self.render(self.site.resource)
        except Exception:  # noqa: BLE001 - else the connection ends without an answer
            self.processingFailed(Failure())

    @property
    def is_gone(self) -> bool:
        """Whether the client has closed the connection."""
        return bool(self._disconnected)

    def finish(self) -> None:
        """End the answer; a client that has gone meanwhile is nobody's mistake."""
        if not self.is_gone:
            super().finish()

    def getRequestHostname(self) -> bytes:
        """Return a name under which routes are looked up, whatever ``Host`` says.

        No route depends on it, and the router would choke on one that is no host name.
        """
        return b"mailcap"

    def processingFailed(self, reason: Failure) -> None:
        """Answer to a mistake of ours, without showing it."""
        assert isinstance(reason.value, Exception)
        write_reply(self, problem(reason.value, during="routing"))

    def _local_path(self) -> bytes:
        """Return the path; a target may be a whole URL (RFC 9112 section 3.2.2)."""
        if self.path.startswith(b"/"):
            return self.path
        return self.path.partition(b"://")[2].partition(b"/")[2]
