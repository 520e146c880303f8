"""SMTP on the wire: octets in, events out.  Nothing here does I/O.

`reader.Reader` is fed with octets and gives one event at a time: a command
(`commands`), a line of a login (`events.AuthResponse`), a chunk or a message.
Whoever takes the event tells the reader what comes next.

Commands: HELO EHLO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY EXPN HELP STARTTLS AUTH.

Spoken here:

- RFC 5321 (SMTP), RFC 5321 section 4.5.2 (transparency)
- RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 3030 (CHUNKING, BINARYMIME)
- RFC 6531 (SMTPUTF8), RFC 3461 and RFC 6533 (DSN), RFC 4954 (AUTH, and AUTH= of MAIL)
- RFC 3207 (STARTTLS), RFC 4616 (PLAIN), draft-murchison-sasl-login (LOGIN)

Deliberate:

- A command line may end in a bare LF, for those who type with netcat.  A message may
  not: it ends with CR LF . CR LF and with nothing else, and what follows a bare LF or
  a bare CR is never taken for a line (SMTP smuggling, CVE-2023-51764 to 51766).
- A dot is taken away only behind CR LF, for the same reason.
- A path needs its angle brackets; a source route is ignored (RFC 5321 appendix C).
- SEND, SOML, SAML, TURN, ETRN and ATRN are known by name only.
"""
