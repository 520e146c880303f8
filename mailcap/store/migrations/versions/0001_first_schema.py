"""The first schema: accounts, mailboxes, messages and bodies."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make all tables of the first release."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        op.execute(sa.schema.CreateSequence(sa.Sequence("body_numbers")))
        op.execute(sa.schema.CreateSequence(sa.Sequence("message_numbers")))
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("home_address", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("sees_public", sa.Boolean(), nullable=False),
        sa.Column("capture_private", sa.Boolean(), nullable=False),
        sa.Column("message_limit", sa.BigInteger(), nullable=True),
        sa.Column("storage_limit", sa.BigInteger(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("home_address", name="uq_accounts_home_address"),
        sa.UniqueConstraint("name", name="uq_accounts_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "bodies",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("codec", sa.SmallInteger(), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("rest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_bodies"),
    )
    op.create_table(
        "store",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("last_body", sa.BigInteger(), nullable=False),
        sa.Column("last_message", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name="single"),
        sa.PrimaryKeyConstraint("id", name="pk_store"),
    )
    op.create_table(
        "addresses",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("info", sa.Text(), nullable=False),
        sa.Column("forward", sa.Text(), nullable=True),
        sa.Column("enablews", sa.Boolean(), nullable=True),
        sa.Column("webhook", sa.Text(), nullable=True),
        sa.Column("webhook_slack", sa.Text(), nullable=True),
        sa.Column("webhook_slack_to_from", sa.Boolean(), nullable=True),
        sa.Column("catch_all", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_addresses_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("address", name="pk_addresses"),
    )
    op.create_index("ix_addresses_account_id", "addresses", ["account_id"], unique=False)
    op.create_table(
        "domains",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("enablews", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_domains_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("name", name="pk_domains"),
    )
    op.create_index("ix_domains_account_id", "domains", ["account_id"], unique=False)
    op.create_table(
        "mailboxes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=True),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("uid_next", sa.BigInteger(), nullable=False),
        sa.Column("highest_modseq", sa.BigInteger(), nullable=False),
        sa.Column("first_recent_uid", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_mailboxes_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mailboxes"),
        sa.UniqueConstraint("owner", "name", name="uq_mailboxes_owner_name"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mailboxes_account_id", "mailboxes", ["account_id"], unique=False)
    op.create_index("ix_mailboxes_domain", "mailboxes", ["domain"], unique=False)
    op.create_table(
        "subscriptions",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_subscriptions_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "owner", "name", name="pk_subscriptions"),
    )
    op.create_index("ix_subscriptions_owner", "subscriptions", ["owner"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_users_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("account_id", "name", name="uq_users_account_id_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "views",
        sa.Column("body", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("summary", sa.LargeBinary(), nullable=True),
        sa.Column("envelope", sa.LargeBinary(), nullable=True),
        sa.Column("structure", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["body"], ["bodies.number"], name="fk_views_body", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("body", name="pk_views"),
    )
    op.create_table(
        "expunged",
        sa.Column("mailbox", sa.Integer(), nullable=False),
        sa.Column("modseq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_uid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("expunged", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailbox"], ["mailboxes.id"], name="fk_expunged_mailbox", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mailbox", "modseq", "first_uid", name="pk_expunged"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_expunged_expunged", "expunged", ["expunged"], unique=False)
    op.create_table(
        "keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_keys_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_keys_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sa.UniqueConstraint("account_id", "label", name="uq_keys_account_id_label"),
        sa.UniqueConstraint("digest", name="uq_keys_digest"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "messages",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("body", _NUMBER, nullable=False),
        sa.Column("mailbox", sa.Integer(), nullable=False),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("original_inbox", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("internal_date", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("bare_lfs", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=True),
        sa.Column("flags", sa.SmallInteger(), nullable=False),
        sa.Column("saved_by", sa.Integer(), nullable=True),
        sa.Column("submitter", sa.Integer(), nullable=True),
        sa.Column("labels", sa.Text(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("trace", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["body"], ["bodies.number"], name="fk_messages_body"),
        sa.ForeignKeyConstraint(["mailbox"], ["mailboxes.id"], name="fk_messages_mailbox"),
        sa.ForeignKeyConstraint(["saved_by"], ["accounts.id"], name="fk_messages_saved_by"),
        sa.PrimaryKeyConstraint("number", name="pk_messages"),
        sa.UniqueConstraint("id", name="uq_messages_id"),
    )
    op.create_index("ix_messages_body", "messages", ["body"], unique=False)
    op.create_index(
        "ix_messages_inbox_received_number",
        "messages",
        ["inbox", "received", "number"],
        unique=False,
    )
    op.create_index("ix_messages_mailbox", "messages", ["mailbox"], unique=False)
    op.create_index(
        "ix_messages_saved_by",
        "messages",
        ["saved_by"],
        unique=False,
        sqlite_where=sa.text("saved_by IS NOT NULL"),
        postgresql_where=sa.text("saved_by IS NOT NULL"),
    )
    op.create_table(
        "entries",
        sa.Column("mailbox", sa.Integer(), nullable=False),
        sa.Column("uid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message", _NUMBER, nullable=False),
        sa.Column("modseq", sa.BigInteger(), nullable=False),
        sa.Column("saved", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["mailbox"], ["mailboxes.id"], name="fk_entries_mailbox"),
        sa.ForeignKeyConstraint(["message"], ["messages.number"], name="fk_entries_message"),
        sa.PrimaryKeyConstraint("mailbox", "uid", name="pk_entries"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_entries_message", "entries", ["message"], unique=False)
    if is_postgresql:
        op.execute("ALTER TABLE bodies ALTER COLUMN rest SET STORAGE EXTERNAL")
