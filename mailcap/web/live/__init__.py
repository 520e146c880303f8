"""The WebSocket on the HTTP port: mail as JSON, as soon as it comes in.

`upgrade` answers the handshake and lets a `session.Session` take the connection over;
`wire` is its framing (RFC 6455, by wsproto), within limits; `listening` decides what it
hears of, `frames` makes the JSON, once for all who listen.
"""
