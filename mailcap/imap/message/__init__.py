"""A message as FETCH shows it: ENVELOPE, BODYSTRUCTURE and the sections of BODY[...].

Pure functions from the bytes of a message, and the views of `mailcap.mime`, to what goes
out.  What depends on the bytes alone has one form for all sessions, so that it can be
computed once and kept with the message.
"""
