"""SMTP: mail comes in.

`wire` cuts octets into commands, `session` turns these into an envelope and hands
the message on, `legality` is the table of what is legal when, `replies` says what
became of it, and `protocol` connects all that to Twisted.
"""
