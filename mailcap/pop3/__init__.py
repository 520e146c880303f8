"""POP3: mail is fetched.

`wire` cuts octets into commands and makes messages fit to go out, `numbers` is what a
client has been told, `maildrop` is what that stands for, `session` obeys, `legality` is
the table of what is legal when, `replies` says what became of it, and `protocol` connects
all that to Twisted.
"""
