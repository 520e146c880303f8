"""What POP3 adds to a message also counts the end of a last line without one."""

import sqlalchemy as sa
from alembic import op

from mailcap.store.bodies import unpack

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NEXT = sa.text(
    "SELECT number, header, codec, rest FROM bodies WHERE number > :behind ORDER BY number LIMIT 1"
)
_ADD = sa.text("UPDATE messages SET crlf_added = crlf_added + 2 WHERE body = :number")
# PostgreSQL 18 gives NOT NULL a name, which older versions have not.
_RENAME_CONSTRAINT = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_constraint WHERE conname = 'messages_bare_lfs_not_null') THEN
    ALTER TABLE messages
      RENAME CONSTRAINT messages_bare_lfs_not_null TO messages_crlf_added_not_null;
  END IF;
END $$
"""


def upgrade() -> None:
    """Rename the column, and look at the end of each body, one in memory at a time."""
    op.execute("ALTER TABLE messages RENAME COLUMN bare_lfs TO crlf_added")
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute(_RENAME_CONSTRAINT)
    number = 0
    while row := connection.execute(_NEXT, {"behind": number}).one_or_none():
        number, header, codec, rest = row
        body = unpack(codec, rest) or bytes(header)
        if body and not body.endswith(b"\n"):
            connection.execute(_ADD, {"number": number})
