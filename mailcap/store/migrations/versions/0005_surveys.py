"""What is newest in a unified mailbox, or starred, is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an index to entries, and a column to the one of starred messages."""
    op.create_index("ix_entries_mailbox_message", "entries", ["mailbox", "message"], unique=False)
    op.drop_index("ix_messages_saved_by", "messages")
    op.create_index(
        "ix_messages_saved_by_number",
        "messages",
        ["saved_by", "number"],
        unique=False,
        sqlite_where=sa.text("saved_by IS NOT NULL"),
        postgresql_where=sa.text("saved_by IS NOT NULL"),
    )
