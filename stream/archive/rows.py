"""Many rows at once, handed over in the way that each database takes them fastest.

SQLAlchemy would look at each value of each row, which takes longer than storing it. Numbers, text
and bytes need no translation.
"""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

Rows = Sequence[Mapping[str, Any]]
"""Rows of one table, each with the same columns."""


def insert(connection: Connection, table: Table, rows: Rows) -> None:
    """Add rows that are not there yet."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        _execute_many(connection, table.insert(), rows)
    else:
        _copy(connection, table, rows)


def put(
    connection: Connection, table: Table, rows: Rows, *, changing: tuple[str, ...] = ()
) -> None:
    """Add rows of different keys; where one is there, change these columns, or leave it."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        made = sqlite.insert(table)
        keys = list(table.primary_key.columns)
        new = {name: made.excluded[name] for name in changing}
        to_update = made.on_conflict_do_update(index_elements=keys, set_=new) if changing else None
        statement = made.on_conflict_do_nothing(index_elements=keys)
        _execute_many(connection, statement if to_update is None else to_update, rows)
    else:
        _put_arrays(connection, table, rows, changing)


def _execute_many(connection: Connection, statement: Insert, rows: Rows) -> None:
    compiled: SQLCompiler = statement.compile(dialect=connection.dialect, column_keys=list(rows[0]))
    order = itemgetter(*(compiled.positiontup or ()))
    connection.exec_driver_sql(str(compiled), [order(row) for row in rows])


# --- PostgreSQL ---------------------------------------------------------------------------------


def _types(table: Table, names: Sequence[str]) -> list[str]:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return [table.columns[name].type.compile(dialect).lower() for name in names]


def _copy(connection: Connection, table: Table, rows: Rows) -> None:
    names = list(rows[0])
    order = itemgetter(*names)
    statement = f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)"
    cursor = connection.connection.cursor()
    with cursor.copy(statement) as copy:
        copy.set_types(_types(table, names))
        for row in rows:
            copy.write_row(order(row))
    cursor.close()


def _put_arrays(
    connection: Connection, table: Table, rows: Rows, changing: tuple[str, ...]
) -> None:
    """Hand a column over as one array: one statement, however many rows."""
    names = list(rows[0])
    arrays = ", ".join(
        f"%({name})s::{kind}[]" for name, kind in zip(names, _types(table, names), strict=True)
    )
    new = ", ".join(f"{name} = excluded.{name}" for name in changing)
    keys = ", ".join(column.name for column in table.primary_key.columns)
    # Nothing but names of our own tables and columns is put together here.
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT * FROM unnest({arrays})"  # noqa: S608
        f" ON CONFLICT ({keys}) DO {f'UPDATE SET {new}' if changing else 'NOTHING'}",
        {name: [row[name] for row in rows] for name in names},
    )
