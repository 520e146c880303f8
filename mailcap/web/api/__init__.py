"""The REST API of Mailsac under ``/api``: one file for each family of routes.

`messages` and `bodies` read and delete mail, `account` says who one is.  `shapes` has
the JSON objects, `parameters` what may stand in a query.
"""
