"""Throttling: how much is let in and taken, from whom and for whom, in a span of time.

`queue` is fair between blocks of addresses, `room` knows what can be served now, and
`door` lets in whom there is room for.

`counters` count what came within a window, in this process; `shared` adds what other
nodes have counted.  `rules` says what an operator allows and forbids, `domains` finds
what a sender cannot vary in a domain name, and `policies` decides about each message.
"""
