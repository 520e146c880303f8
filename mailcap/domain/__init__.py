"""What mailcap talks about: values, rules, failures and ports.

Nothing here does I/O, and nothing here knows a protocol or a database.  Values
are frozen dataclasses; failures say what happened in words that the person who
meets them can use; ports (`mailcap.domain.ports`) say what one part of the
program asks of another.
"""
