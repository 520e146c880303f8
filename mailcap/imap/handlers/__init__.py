"""What commands do: one short handler each, one module a family.

A handler gives the untagged answers; what it raises becomes NO or BAD, and when it ends,
`mailcap.imap.session` says OK.
"""
