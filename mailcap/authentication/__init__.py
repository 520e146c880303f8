"""Who is asking: twisted.cred for every protocol.

A protocol calls `authenticator.PortalAuthenticator`, which counts failures and
delays their answers (`throttle`) and asks a `twisted.cred` portal.  The portal's
`checkers` compare `credentials` with what the store has; its `realm` gives the
`mailcap.domain.accounts.Identity` that the services expect.
"""
