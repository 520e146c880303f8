"""The packets of dracula, compatible with its released programs (1.0.1).

A packet is 1,500 octets: command, space, hash (8), space, message id (4, little-endian),
space, namespace (64), space, data (1,419); both texts are padded with spaces on the right
and read without white space on either end.  Over UDP one packet is one datagram; over TCP
a packet of any length up to that ends with LF . LF, and so does each answer, which is longer
if a list is.

Commands: P put, C count a key, N count a namespace, S count all, K keys by pattern, L
namespaces, R a put that another server has taken (not answered), E error (in answers).
V, T and I are reserved, and unknown.

The hash is, as released, the first eight octets of secret, message id, namespace and data:
it stops mistakes and no attacker.  Between programs of ours it may be a true xxh64.

Different from the released server on purpose: a short datagram is padded with spaces, not
NUL, by its real length; whatever fails authentication is answered with a hash of zeros, since
the released form shows eight octets of the secret; requests that come together are all answered.
"""
