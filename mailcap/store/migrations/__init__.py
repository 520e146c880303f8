"""How an older database becomes one of today's; run by `mailcap db upgrade`."""
