"""Commands of any state, and logging in (RFC 9051 sections 6.1 and 6.2)."""

from __future__ import annotations

from collections.abc import Mapping

from mailcap.connection.dialogue import After
from mailcap.imap.desk import Desk, State
from mailcap.imap.handlers.states import ANY, LOGGED_IN, Completion, Handler, Pieces
from mailcap.imap.replies import BadRequest, Refused
from mailcap.imap.untagged import highest_modseq
from mailcap.imap.wire import commands
from mailcap.imap.wire.encoding import line, listed, string

_ENABLED = ("CONDSTORE", "QRESYNC", "UTF8=ACCEPT", "IMAP4REV2")


async def _capability(desk: Desk, _: commands.Capability, __: Completion) -> Pieces:
    yield line(b"*", b"CAPABILITY", *desk.capabilities())


async def _noop(_: Desk, __: commands.Noop, ___: Completion) -> None:
    """Do nothing: what is new is told behind every command."""


async def _logout(desk: Desk, _: commands.Logout, __: Completion) -> Pieces:
    yield b"* BYE Logging out\r\n"
    desk.after = After.CLOSE


async def _id(_: Desk, __: commands.Id, ___: Completion) -> Pieces:
    yield line(b"*", b"ID", listed([string("name"), string("mailcap")]))


async def _starttls(desk: Desk, _: commands.StartTLS, completion: Completion) -> None:
    if not desk.may_start_tls():
        raise BadRequest("TLS is in use already, or not available")
    # Whatever came with the command was not encrypted, and may come from somebody who
    # sits in between (RFC 9051 section 6.2.1, CVE-2011-0411).
    desk.forget_input()
    desk.after = After.START_TLS
    completion.text = "Begin TLS now"


async def _login(desk: Desk, command: commands.Login, completion: Completion) -> None:
    if not desk.may_log_in():
        raise Refused("Encrypt first: send STARTTLS", "PRIVACYREQUIRED")
    await desk.log_in(command.name, command.password)
    completion.code = b" ".join((b"CAPABILITY", *desk.capabilities()))


async def _compress(desk: Desk, command: commands.Compress, completion: Completion) -> None:
    if command.mechanism != "DEFLATE":
        raise Refused("Only DEFLATE is known", "CANNOT")
    desk.compress()
    completion.text = "DEFLATE from now on"


async def _unauthenticate(desk: Desk, _: commands.Unauthenticate, __: Completion) -> None:
    desk.log_out()


async def _enable(desk: Desk, command: commands.Enable, _: Completion) -> Pieces:
    known = [name for name in command.capabilities if name in _ENABLED]
    enabled = [name for name in known if desk.enable(name)]
    if desk.selected is not None and {"CONDSTORE", "QRESYNC"} & {*enabled}:
        yield highest_modseq(desk.selected.view)
    yield line(b"*", b"ENABLED", *[name.encode() for name in enabled])


HANDLERS: Mapping[type[commands.Command], Handler] = {
    commands.Capability: Handler("CAPABILITY", ANY, _capability),
    commands.Noop: Handler("NOOP", ANY, _noop),
    commands.Logout: Handler("LOGOUT", ANY, _logout),
    commands.Id: Handler("ID", ANY, _id),
    commands.StartTLS: Handler("STARTTLS", State.NOT_AUTHENTICATED, _starttls),
    commands.Login: Handler("LOGIN", State.NOT_AUTHENTICATED, _login),
    commands.Compress: Handler("COMPRESS", LOGGED_IN, _compress),
    commands.Unauthenticate: Handler("UNAUTHENTICATE", LOGGED_IN, _unauthenticate),
    commands.Enable: Handler("ENABLE", LOGGED_IN, _enable),
}
AUTHENTICATE = Handler("AUTHENTICATE", State.NOT_AUTHENTICATED, _login)
