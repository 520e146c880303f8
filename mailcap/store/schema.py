"""The tables.  Times are Unix milliseconds; see DESIGN section 5 for the promises.

An *inbox* is named by its folded address.  Every inbox and every account has
mailboxes; a message lies in one mailbox of its inbox and may be shown in unified
mailboxes of accounts too.  Each showing is an *entry* with its own UID and
modification sequence.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.schema import DDL, Sequence

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite's rowid alias must be spelt INTEGER; it holds 64 bits all the same.
Number = BigInteger().with_variant(Integer(), "sqlite")


def _account(*, nullable: bool = False, ondelete: str | None = "CASCADE") -> Column[Any]:
    return Column(
        "account_id", Integer, ForeignKey("accounts.id", ondelete=ondelete), nullable=nullable
    )


store = Table(
    "store",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    # UIDVALIDITY of every mailbox that has no row; raised when a row is dropped.
    Column("epoch", BigInteger, nullable=False),
    # The last numbers given out on SQLite; PostgreSQL has sequences.
    Column("last_body", BigInteger, nullable=False),
    Column("last_message", BigInteger, nullable=False),
    # Of which the aliases of inboxes are made: see aliases.py.
    Column("alias_secret", LargeBinary, nullable=False),
    Column("created", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="single"),
)

body_numbers = Sequence("body_numbers", metadata=metadata)
message_numbers = Sequence("message_numbers", metadata=metadata)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("home_address", Text, nullable=False, unique=True),
    Column("password_hash", Text),
    Column("sees_public", Boolean, nullable=False),
    Column("capture_private", Boolean, nullable=False),
    Column("message_limit", BigInteger),
    Column("storage_limit", BigInteger),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    _account(),
    Column("name", Text, nullable=False),
    Column("password_hash", Text),
    Column("created", BigInteger, nullable=False),
    UniqueConstraint("account_id", "name"),
    sqlite_autoincrement=True,
)

keys = Table(
    "keys",
    metadata,
    Column("id", Integer, primary_key=True),
    _account(),
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE")),
    Column("label", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("created", BigInteger, nullable=False),
    UniqueConstraint("account_id", "label"),
    sqlite_autoincrement=True,
)

domains = Table(
    "domains",
    metadata,
    Column("name", Text, primary_key=True),
    _account(),
    Column("is_private", Boolean, nullable=False),
    Column("enablews", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Index("ix_domains_account_id", "account_id"),
)

addresses = Table(
    "addresses",
    metadata,
    Column("address", Text, primary_key=True),  # also "*@domain", a catch-all
    _account(),
    Column("info", Text, nullable=False),
    Column("forward", Text),
    Column("enablews", Boolean),
    Column("webhook", Text),
    Column("webhook_slack", Text),
    Column("webhook_slack_to_from", Boolean),
    Column("catch_all", Text),
    Column("password_hash", Text),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Index("ix_addresses_account_id", "account_id"),
)

aliases = Table(
    "aliases",
    metadata,
    Column("alias", Text, primary_key=True),
    Column("inbox", Text, nullable=False),
    Column("shown", BigInteger, nullable=False),  # when somebody last asked for it
    Index("ix_aliases_shown", "shown"),
)

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("id", Integer, primary_key=True),
    # An inbox's address, or "#<account>" for a unified mailbox: see mailboxes.py.
    Column("owner", Text, nullable=False),
    _account(nullable=True),
    Column("domain", Text),  # of the inbox; None for a unified mailbox
    Column("name", Text, nullable=False),  # "INBOX", "Sent", … or a user-made path
    Column("folder", Text),  # of REST, for the system mailboxes; None if user-made
    Column("uid_validity", BigInteger, nullable=False),
    Column("uid_next", BigInteger, nullable=False),
    Column("highest_modseq", BigInteger, nullable=False),
    Column("first_recent_uid", BigInteger, nullable=False),
    # Notes of what was expunged up to this modification sequence may be dropped by now.
    Column("forgotten_modseq", BigInteger, nullable=False, server_default=text("0")),
    UniqueConstraint("owner", "name"),
    Index("ix_mailboxes_account_id", "account_id"),
    Index("ix_mailboxes_domain", "domain"),
    sqlite_autoincrement=True,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    # As in `mailboxes`, but there need be no such row.
    Column("owner", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Index("ix_subscriptions_owner", "owner"),
)

bodies = Table(
    "bodies",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),  # uncompressed, header and rest
    Column("codec", SmallInteger, nullable=False),  # of `rest`: see bodies.py
    Column("envelope", Text, nullable=False),  # JSON: the facts of the transaction
    # Before `rest`, so that reading it leaves the rest's overflow pages alone.
    Column("header", LargeBinary, nullable=False),
    Column("rest", LargeBinary, nullable=False),
)

views = Table(
    "views",
    metadata,
    Column(
        "body",
        Number,
        ForeignKey("bodies.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("summary", LargeBinary),
    Column("envelope", LargeBinary),  # IMAP ENVELOPE
    Column("structure", LargeBinary),  # IMAP BODYSTRUCTURE with offsets
)

messages = Table(
    "messages",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("body", Number, ForeignKey("bodies.number"), nullable=False),
    Column("mailbox", Integer, ForeignKey("mailboxes.id"), nullable=False),
    Column("inbox", Text, nullable=False),
    Column("original_inbox", Text, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("internal_date", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),  # trace and body
    Column("crlf_added", BigInteger, nullable=False),  # octets, by POP3: see bodies.py
    Column("seen", Boolean),  # None: nobody has said
    Column("flags", SmallInteger, nullable=False),
    Column("saved_by", Integer, ForeignKey("accounts.id")),
    Column("submitter", Integer),  # an account, perhaps gone by now
    Column("labels", Text),  # JSON, None for no label
    Column("recipient", Text, nullable=False),  # JSON: RCPT and its DSN parameters
    Column("trace", LargeBinary, nullable=False),
    Index("ix_messages_inbox_received_number", "inbox", "received", "number"),
    Index("ix_messages_body", "body"),
    Index("ix_messages_mailbox", "mailbox"),
    Index(
        "ix_messages_saved_by_number",
        "saved_by",
        "number",
        sqlite_where=text("saved_by IS NOT NULL"),
        postgresql_where=text("saved_by IS NOT NULL"),
    ),
)

entries = Table(
    "entries",
    metadata,
    Column("mailbox", Integer, ForeignKey("mailboxes.id"), primary_key=True),
    Column("uid", BigInteger, primary_key=True, autoincrement=False),
    Column("message", Number, ForeignKey("messages.number"), nullable=False),
    Column("modseq", BigInteger, nullable=False),
    Column("saved", BigInteger, nullable=False),  # SAVEDATE
    # True if something has changed since it came, else NULL: so that changes are found
    # by an index that costs new mail nothing.
    Column("touched", Boolean),
    # True if its starred message had another owner meanwhile, else NULL: see unified.py.
    Column("passed_over", Boolean),
    Index("ix_entries_message", "message"),
    # Messages are numbered as they arrive, UIDs given as they enter the mailbox.
    Index("ix_entries_mailbox_message", "mailbox", "message"),
    Index(
        "ix_entries_mailbox_modseq",
        "mailbox",
        "modseq",
        sqlite_where=text("touched IS NOT NULL"),
        postgresql_where=text("touched IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

expunged = Table(
    "expunged",
    metadata,
    Column("mailbox", Integer, ForeignKey("mailboxes.id", ondelete="CASCADE"), primary_key=True),
    Column("modseq", BigInteger, primary_key=True, autoincrement=False),
    Column("first_uid", BigInteger, primary_key=True, autoincrement=False),
    Column("last_uid", BigInteger, nullable=False),
    Column("expunged", BigInteger, nullable=False),
    Index("ix_expunged_expunged", "expunged"),
    sqlite_with_rowid=False,
)

# `rest` is compressed already: PostgreSQL shall not try again.
event.listen(
    bodies,
    "after_create",
    DDL("ALTER TABLE bodies ALTER COLUMN rest SET STORAGE EXTERNAL").execute_if(
        dialect="postgresql"
    ),
)
