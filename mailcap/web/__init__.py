"""HTTP: the REST API, and what tells a supervisor that the server is well.

`site.make_site` is what `mailcap.assembly` calls.  A request's way: `channel` reads
it, within limits; `request` makes it fit for routing; `routing` finds its `Route`
in the tables of `api` and `health`, asks `identity` who sends it, calls the route's
handler and turns whatever was raised into a reply (`problems`); `responses` writes
the reply.  Handlers know nothing of HTTP but `replies`.

Importing this package's modules imports Klein, and that the global reactor.
"""
