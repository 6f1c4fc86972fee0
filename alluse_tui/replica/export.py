"""Export of all tables and views to one file each, for other programs."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.replica.connection import ReplicaConnection
from alluse_tui.replica.export_formats import ExportFormat
from alluse_tui.replica.failures import Unproved
from alluse_tui.replica.sql_files import sql_file
from alluse_tui.replica.user_sql import poisoned


def export_tables(
    attached: ReplicaConnection, folder: Path, file_format: ExportFormat
) -> tuple[str, ...]:
    """Write every table and view to `folder`, one file each (mode 0600); returns their names.

    Rows are sorted by their columns from the left, so that equal books give equal files. The whole
    DuckDB file is verified before the files get their names. Raises Unproved, StoreFailed.
    """
    connection = attached.connection
    attached.create_views()
    rows = connection.execute(
        "SELECT DISTINCT view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
    ).fetchall()
    names = tuple(str(name) for (name,) in rows)
    if file_format.for_spreadsheets:
        connection.execute(sql_file("export"))
    try:
        with TemporaryDirectory(prefix=".alluse-export-", dir=folder.parent) as staging:
            files = [Path(staging) / f"{name}.{file_format.name}" for name in names]
            for name, file in zip(names, files, strict=True):
                target = str(file).replace("'", "''")
                select = _select(connection, name, file_format)
                connection.execute(f"COPY ({select}) TO '{target}' ({file_format.copy_options})")
                file.chmod(0o600)
            if not attached.intact(full=True):
                raise Unproved("the file was changed while it was exported", changed=True)
            for file in files:
                file.rename(folder / file.name)
    except (duckdb.Error, OSError) as error:
        if isinstance(error, duckdb.Error) and (poisoned(error) or not attached.intact(full=True)):
            raise
        raise StoreFailed(f"{folder}: {str(error).splitlines()[0]}") from error
    return names


def _select(connection: duckdb.DuckDBPyConnection, name: str, file_format: ExportFormat) -> str:
    if not file_format.for_spreadsheets:
        return f"FROM {name} ORDER BY ALL"
    described = connection.execute(f"DESCRIBE {name}").fetchall()
    columns = (
        f'plain_text("{column}") AS "{column}"' if kind == "VARCHAR" else f'"{column}"'
        for column, kind, *_ in described
    )
    return f"SELECT {', '.join(columns)} FROM {name} ORDER BY ALL"
