"""POP3 on the wire: octets in, commands out, and messages on their way out.  No I/O.

`reader.Reader` is fed with octets and gives one event at a time: a command (`commands`)
or a line of a login (`commands.AuthResponse`).  `multiline` makes a message what RETR and
TOP send.

Commands: USER PASS AUTH STLS CAPA UTF8 LANG STAT LIST UIDL RETR TOP DELE RSET NOOP QUIT.

Spoken here:

- RFC 1939 (POP3), RFC 2449 (CAPA, PIPELINING, RESP-CODES), RFC 3206 (AUTH-RESP-CODE)
- RFC 2595 (STLS), RFC 5034 (AUTH), RFC 4616 (PLAIN), draft-murchison-sasl-login (LOGIN)
- RFC 6856 (UTF8, LANG)

Deliberate:

- APOP is known by name only: it needs passwords that are stored as they are.
- AUTH without a mechanism lists those there are, as some clients expect.
- A command may end in a bare LF, for those who type with netcat.
- Every bare LF of a message goes out as CRLF, and dots are stuffed behind that: nothing
  that somebody has sent can end an answer early.  NUL and octets beyond ASCII stay.
- Messages look the same with and without UTF8: their octets are those that came.
"""
