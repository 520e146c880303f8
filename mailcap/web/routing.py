"""Routes: one definition each, from which requests find their handler.

A family of routes is an object whose `routes` are a tuple of these.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from klein import Klein
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, Map, Rule, RuleFactory

from mailcap.connection.peers import Networks, host_of
from mailcap.domain.accounts import Identity
from mailcap.domain.errors import InvalidValue, NotFound
from mailcap.web.payload import Body
from mailcap.web.problems import problem
from mailcap.web.replies import JSON, Reply
from mailcap.web.request import Request, original
from mailcap.web.responses import Responder

Handler = Callable[..., Coroutine[Any, Any, Reply]]
Identify = Callable[[Request], Awaitable[Identity]]
# Returns the address that somebody means by a text in a path: it may be an alias.
Meant = Callable[[int, str], Awaitable[str]]

_SAFE = frozenset({"GET"})  # of the methods that there are (RFC 9110 section 9.2.1)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the query of a URL.

    *name* is what the handler calls it.  *read* makes a value of its text or raises
    `InvalidValue`; *default* holds where it is missing.  *spellings* are its names in
    URLs, the first that is there counts; without any it is *name*.  One that is
    *required* has no default.  *schema* says in JSON Schema what the text may be, *help*
    in words what it does.
    """

    name: str
    read: Callable[[str], Any]
    default: Any = None
    spellings: tuple[str, ...] = ()
    required: bool = False
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    help: str = ""

    def value(self, query: Mapping[bytes, Sequence[bytes]]) -> Any:
        """Return the value that *query* gives this parameter."""
        spellings = self.spellings or (self.name,)
        for spelling in spellings:
            if texts := query.get(spelling.encode()):
                try:
                    return self.read(texts[0].decode(errors="replace"))
                except InvalidValue as error:
                    raise InvalidValue(f"{spelling}: {error}") from None
        if self.required:
            raise InvalidValue(f"{spellings[0]}: this has to be given.")
        return self.default


@dataclass(frozen=True, slots=True)
class Result:
    """What a route answers if all goes well: a status, and what its body is.

    *schema* is of JSON; other bodies have a *content_type* alone, and None if there is
    no body.  On request it may *also* be text of another type.
    """

    schema: Mapping[str, Any] | None = None
    status: int = 200
    content_type: str | None = JSON
    also: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, and who answers.

    *path* names its variable parts in braces, as OpenAPI does.  The handler gets the
    `Identity` of the asker, unless the route is *open* to everybody; then the parts of
    the path, the parameters by their names, and the fields of the *body* as ``body``, if
    it may have any.  *permit* raises what stands against it before any of this is looked
    at.  *result* is for the document that describes the API; what the route
    does it takes from the handler's docstring.  A *hidden* route is not in it.  Clients
    that are not in its *networks*, if it has any, find nothing there.

    A route that *holds* a request for long gives its handler ``hold``, a function to be
    called with the `mailcap.connection.registry.Guest` who is told, in place of the
    connection, when the right is gone or the server stops.
    """

    method: str
    path: str
    handler: Handler
    parameters: tuple[Parameter, ...] = ()
    open: bool = False
    body: Body | None = None
    permit: Callable[[Identity], object] = lambda _who: None
    result: Result = field(default_factory=Result)
    hidden: bool = False
    holds: bool = False
    networks: Networks | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class _Part(BaseConverter):
    """A variable part of a path."""

    def to_python(self, value: str) -> str:
        return original(value)


class _Rule(Rule):
    """A path that requests are matched with.

    Werkzeug would compile two functions for each that make URLs of it, which takes most
    of the time of making a site, and nobody calls them.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: ARG002
        return _no_url


def _no_url(*_: object, **__: object) -> tuple[str, str]:
    raise NotImplementedError("URLs are not made of rules here.")


class _Map(Map):
    """Has a `_Rule` in place of each rule."""

    def add(self, rulefactory: RuleFactory) -> None:
        for rule in rulefactory.get_rules(self):
            super().add(_Rule(rule.rule, methods=rule.methods, endpoint=rule.endpoint))


class _Klein(Klein):
    """Klein with a `_Map`."""

    def __init__(self) -> None:
        super().__init__()
        self._url_map = _Map()


class Router(Resource):
    """Sends each request to the handler of its route and sends the reply.

    What is called ``email`` in a path is an address: *meant* is asked for it.

    Klein knows which route is meant.  Its own resource, which would call the handler, takes
    a third of the time of an answer to see which of the many things it is that Klein lets
    handlers return.
    """

    isLeaf = True  # noqa: N815

    def __init__(
        self, routes: Sequence[Route], *, identify: Identify, meant: Meant, responder: Responder
    ) -> None:
        super().__init__()
        self._identify = identify
        self._meant = meant
        self._responder = responder
        self._app = _Klein()
        self._app.url_map.converters["part"] = _Part
        self._routes: dict[str, Route] = {}
        for route in routes:
            self._add(route)
        self._paths = self._app.url_map.bind("mailcap")

    def render(self, request: Request) -> int:
        """Begin to answer *request*."""
        answering = Deferred.fromCoroutine(self._serve(request))
        request.notifyFinish().addErrback(lambda _: answering.cancel())
        answering.addErrback(self._failed, request)
        return NOT_DONE_YET

    def _add(self, route: Route) -> None:
        name = str(route)
        url = route.path.replace("{", "<part:").replace("}", ">")
        self._app.route(url, methods=[route.method], endpoint=name)(route.handler)  # type: ignore[type-var]
        self._routes[name] = route

    async def _serve(self, request: Request) -> None:
        try:
            name, parts = self._paths.match(request.place, request.method.decode())
        except HTTPException as error:
            body = await self._unrouted(request, error)
        else:
            body = await self._respond(self._routes[name], request, parts)
        request.write(body)
        request.finish()

    def _failed(self, reason: Failure, request: Request) -> None:
        if not (reason.check(CancelledError) and request.is_gone):
            request.processingFailed(reason)

    async def _respond(self, route: Route, request: Request, parts: Mapping[str, str]) -> bytes:
        """Begin the reply and return what remains to be written."""
        try:
            reply = await self._answer(route, request, parts)
            return await self._responder.respond(request, reply)
        except CancelledError:  # the client has gone
            raise
        except Exception as error:  # noqa: BLE001 - a client never sees a traceback
            return await self._responder.respond(request, problem(error, during=str(route)))

    async def _answer(self, route: Route, request: Request, parts: Mapping[str, str]) -> Reply:
        if route.networks and host_of(request.getClientAddress()) not in route.networks:
            raise NotFound("There is nothing here.")
        asker: tuple[Identity, ...] = ()
        if not route.open:
            who = await self._identify(request)
            route.permit(who)
            asker = (who,)
            if "email" in parts:
                parts = {**parts, "email": await self._meant(who.account, parts["email"])}
        values = {each.name: each.value(request.args) for each in route.parameters}
        if route.body is not None:
            values["body"] = route.body.value(request.content.getvalue())
        if route.holds:
            values["hold"] = request.channel.hold
        work = route.handler(*asker, **parts, **values)
        return await (work if route.method in _SAFE else _to_its_end(work, during=str(route)))

    async def _unrouted(self, request: Request, error: Exception) -> bytes:
        """Answer where no route fits; under ``/api`` nobody learns of it without a key."""
        try:
            if request.place.partition("/")[0] == "api":
                await self._identify(request)
        except CancelledError:
            raise
        except Exception as refusal:  # noqa: BLE001 - as above
            error = refusal
        return await self._responder.respond(request, problem(error, during="routing"))


def _to_its_end(work: Coroutine[Any, Any, Reply], *, during: str) -> Deferred[Reply]:
    """Begin *work*, which goes on though the client goes away and the result is cancelled.

    Half a change is what nobody asked for.  Should it fail then, the log tells.
    """
    outcome: Deferred[Reply] = Deferred()

    def ended(result: Reply | Failure) -> None:
        if not outcome.called:
            outcome.callback(result)
        elif isinstance(result, Failure):
            problem(cast("Exception", result.value), during=during)

    Deferred.fromCoroutine(work).addBoth(ended)
    return outcome
