"""Who sends a request: the ways in which a key may be given."""

from __future__ import annotations

from mailcap.connection.peers import host_of
from mailcap.domain.accounts import Identity
from mailcap.domain.errors import AuthenticationRequired, InvalidValue
from mailcap.domain.ports import Authenticator
from mailcap.web.payload import read_object
from mailcap.web.request import Request

_HEADER = b"Mailsac-Key"
_FIELD = "_mailsacKey"
_WITH_BODY = frozenset({b"POST", b"PUT", b"PATCH"})
# Strangers must not keep the server busy with parsing: a longer body has no key in it.
_MOST_BODY = 64 * 2**10


async def identify(
    request: Request, authenticator: Authenticator, *, also: str | None = None
) -> Identity:
    """Return whose key came with *request*.

    *also* is a parameter of the URL that may have it, too.  Raises `AuthenticationRequired`
    if no key came, else what the authenticator raises.
    """
    key = (also and _in_query(request, also)) or find_key(request)
    if not key:
        raise AuthenticationRequired("The request has no key.")
    return await authenticator.authenticate_key(key, peer=host_of(request.getClientAddress()))


def find_key(request: Request) -> str | None:
    """Return the key in the header, else in the query, else in the JSON body."""
    header: bytes | None = request.getHeader(_HEADER)
    if header:
        return _text(header)
    if in_query := _in_query(request, _FIELD):
        return in_query
    body = request.content.getvalue()
    if request.method not in _WITH_BODY or len(body) > _MOST_BODY:
        return None
    try:
        in_body = read_object(body).get(_FIELD)
    except InvalidValue:
        return None  # what is wrong with the body is nothing for strangers
    return _text(in_body.encode(errors="replace")) if isinstance(in_body, str) else None


def _in_query(request: Request, name: str) -> str | None:
    found = request.args.get(name.encode())
    return _text(found[0]) if found and found[0] else None


def _text(key: bytes) -> str:
    """Return *key* as a text that can be encoded again."""
    return key.decode(errors="replace")
