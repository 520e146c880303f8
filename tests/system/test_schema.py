"""A database of another version is left alone, on SQLite and on PostgreSQL."""

import pytest
from sqlalchemy import create_engine, text

from support.daemon import StartFailed


def test_another_schema_is_refused_with_the_remedy(daemon, store_url):
    server = daemon(database=store_url)
    server.terminate()
    engine = create_engine(store_url.replace("postgresql:", "postgresql+psycopg:"))
    for version, remedy in (("0000", "mailcap db upgrade"), ("9999", "install the version")):
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))
        with pytest.raises(StartFailed) as failed:
            server.start()
        (line,) = [line for line in failed.value.output.splitlines() if "mailcap: " in line]
        assert version in line
        assert remedy in line
        assert failed.value.status != 0
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version"))
            assert found.scalar_one() == version
    engine.dispose()
