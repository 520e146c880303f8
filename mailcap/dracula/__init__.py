"""dracula: counts that expire, kept by a server of its own and shared by many nodes.

`wire` turns octets into values, `store` counts, `server` answers over UDP, TCP and HTTP,
`client` asks from within another program, `tap` is what ``twistd dracula`` runs.
"""
