"""What has changed in a mailbox is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what tells of changes; nothing has changed in entries that are there."""
    op.add_column(
        "mailboxes",
        sa.Column("forgotten_modseq", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
    # Which notes of expunged UIDs were dropped so far, nobody knows.
    op.execute("UPDATE mailboxes SET forgotten_modseq = highest_modseq")
    op.add_column("entries", sa.Column("touched", sa.Boolean(), nullable=True))
    op.add_column("entries", sa.Column("passed_over", sa.Boolean(), nullable=True))
    # Nobody knows either whether a message had another owner since it was starred.
    op.execute(
        "UPDATE entries SET passed_over = TRUE "
        "WHERE message IN (SELECT number FROM messages WHERE saved_by IS NOT NULL)"
    )
    op.create_index(
        "ix_entries_mailbox_modseq",
        "entries",
        ["mailbox", "modseq"],
        unique=False,
        sqlite_where=sa.text("touched IS NOT NULL"),
        postgresql_where=sa.text("touched IS NOT NULL"),
    )
