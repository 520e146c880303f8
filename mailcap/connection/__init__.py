"""What the protocols that people connect to have in common.

`dialogue` is what a session must be, and `pump` moves its octets, one command at a
time; `lines` cuts what comes, `output` is the way out.  `idle` ends silence, `registry`
says goodbye, `in_flight` keeps memory bounded; `proxy_header` and `listening` find out
who is behind a balancer, and put TLS where it belongs.
"""
