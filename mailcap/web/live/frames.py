"""The JSON that is sent of a message: made once, however many listen."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakValueDictionary

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import MailcapError
from mailcap.domain.messages import Content, Message
from mailcap.mime import bodies, headers
from mailcap.mime.structure import scan
from mailcap.services.slots import Slots
from mailcap.web.api.computing import Computing
from mailcap.web.api.shapes import email_message
from mailcap.web.live.outbox import MOST_OCTETS
from mailcap.web.live.wire import text_frame
from mailcap.web.replies import to_json

_KEPT = 8  # of the newest frames, though nobody may want them any more

# What is left out, in this order, of a message with which a frame would be too long.
_LONG = (("raw",), ("text", "body", "html", "headers"))

# Reads a message, as `mailcap.services.mail.Mail.content` does.
Read = Callable[[Identity, str, str], Awaitable[tuple[Message, Content]]]

_log = Logger()


class Frame:
    """A frame that is being made: `ready` fires with it, or with None if there is none."""

    def __init__(self) -> None:
        self.octets: bytes | None = None
        self._made = False
        self._waiting: list[Deferred[None]] = []

    def ready(self) -> Deferred[None]:
        """Return what fires when `octets` is there."""
        done: Deferred[None] = Deferred()
        if self._made:
            done.callback(None)
        else:
            self._waiting.append(done)
        return done

    def done(self, octets: bytes | None) -> None:
        """Tell all who wait."""
        self.octets, self._made = octets, True
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.callback(None)


class Frames:
    """Makes frames of messages."""

    def __init__(self, read: Read, computing: Computing, slots: Slots) -> None:
        self._read = read
        self._computing = computing
        self._frames: WeakValueDictionary[int, Frame] = WeakValueDictionary()
        self._recent: deque[Frame] = deque(maxlen=_KEPT)
        self._slots = slots

    def of(self, who: Identity, message: Message) -> Frame:
        """Return the frame of a message with its summary, which *who* may read."""
        frame = self._frames.get(message.number)
        if frame is None:
            frame = self._frames[message.number] = Frame()
            self._recent.append(frame)
            Deferred.fromCoroutine(self._make(frame, who, message))
        return frame

    async def _make(self, frame: Frame, who: Identity, message: Message) -> None:
        octets = None
        try:
            octets = await self._slots.run(message.size, self._made, who, message)
        except MailcapError as error:  # deleted meanwhile, most likely
            _log.debug("{id} is not told: {error}", id=message.id, error=error)
        except Exception:  # noqa: BLE001  the next one may do
            _log.failure("a frame could not be made")
        finally:
            frame.done(octets)

    async def _made(self, who: Identity, message: Message) -> bytes:
        _, content = await self._read(who, message.inbox, message.id)
        return await self._computing.of(who, message.size, mail_frame, message, content)


def mail_frame(message: Message, content: Content) -> bytes:
    """Return what is sent of a message: in both shapes that clients know.

    They look for its fields at the top, or in ``email``.
    """
    root = scan(content.body)
    html = bodies.html(content.body, root)
    email: dict[str, Any] = email_message(message) | {
        "text": bodies.text(content.body, root),
        "body": html,
        "html": html,
        "raw": _as_text(content.raw),
        "headers": headers.as_legacy_object(headers.parse(content.trace + content.header)),
    }
    for names in _LONG:
        if _is_short(email) and len(frame := _both_shapes(email)) <= MOST_OCTETS:
            return text_frame(frame)
        email |= dict.fromkeys(names)
    return text_frame(_both_shapes(email))


def _is_short(email: dict[str, Any]) -> bool:
    """Whether it is worth while to make the JSON, which is no shorter than its texts."""
    texts = [email[name] or "" for name in ("raw", "text", "body", "html")]
    return 2 * sum(map(len, texts)) <= MOST_OCTETS


def _both_shapes(email: dict[str, Any]) -> str:
    inner = to_json(email).decode()
    return f'{inner[:-1]},"status":200,"email":{inner}}}'


def _as_text(raw: bytes) -> str:
    """Return the source as UTF-8, or octet by octet if it is none."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def listening_frame(addresses: list[str], domains: list[str]) -> bytes:
    """Return the first frame."""
    told = {"status": 200, "msg": "Listening", "addresses": addresses, "domains": domains}
    return text_frame(to_json(told).decode())
