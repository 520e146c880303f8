"""What goes between the daemon and its writing process: a length, and so many octets."""

from __future__ import annotations

import pickle
import struct

LENGTH = struct.Struct("!Q")


def encode(value: object) -> bytes:
    """Return *value* as one frame."""
    octets = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(octets)) + octets
