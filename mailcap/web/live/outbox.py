"""What is to be sent to a client that may be slow: whole frames, in order, within bounds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

# A reader that is so far behind will not catch up.
MOST_FRAMES = 1000
MOST_OCTETS = 4 * 2**20

_PIECE = 64 * 2**10


class Outbox:
    """Writes frames with *write*, piece by piece, as long as it is not paused.

    Frames are shared by all who get them; so they are not copied into a buffer before the
    client takes them.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._frames: deque[memoryview] = deque()
        self._octets = 0
        self._begun = False  # a piece of the first frame is written
        self._paused = False

    @property
    def is_full(self) -> bool:
        """Whether the client is too far behind to get another frame."""
        return len(self._frames) >= MOST_FRAMES or self._octets >= MOST_OCTETS

    @property
    def is_empty(self) -> bool:
        """Whether all is written."""
        return not self._frames

    def add(self, frame: bytes) -> None:
        """Send *frame* behind all others."""
        if frame:
            self._frames.append(memoryview(frame))
            self._octets += len(frame)
            self._pour()

    def clear(self) -> None:
        """Forget all frames but the rest of one that is begun."""
        while len(self._frames) > self._begun:
            self._octets -= len(self._frames.pop())

    def pause(self) -> None:
        """Write no more: the transport has enough."""
        self._paused = True

    def resume(self) -> None:
        """Write on."""
        self._paused = False
        self._pour()

    def _pour(self) -> None:
        while self._frames and not self._paused:
            frame = self._frames[0]
            piece = frame[:_PIECE]
            self._octets -= len(piece)
            if len(piece) == len(frame):
                self._frames.popleft()
                self._begun = False
            else:
                self._frames[0] = frame[_PIECE:]
                self._begun = True
            self._write(bytes(piece))
