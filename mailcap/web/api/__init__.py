"""The REST API of Mailsac under ``/api``: one file for each family of routes.

`messages` and `bodies` read and delete mail; `addresses` and `domains` say whose it is;
`me`, `account` and `admin` are about accounts; `validations` looks at addresses alone,
`legacy` answers where there is nothing to do.  `shapes` and `owned` have the JSON
objects, `parameters` what may stand in a query, `fields` what in a body.
"""
