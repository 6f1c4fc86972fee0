"""The formats in which tables are exported: the one list of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A file format: its name and suffix, and DuckDB's options for COPY.

    `for_spreadsheets`: text that a spreadsheet would take for a formula gets an apostrophe.
    """

    name: str
    copy_options: str
    for_spreadsheets: bool = False


EXPORT_FORMATS: Mapping[str, ExportFormat] = {
    export_format.name: export_format
    for export_format in (
        ExportFormat("parquet", "FORMAT parquet, COMPRESSION zstd"),
        ExportFormat("csv", "FORMAT csv, HEADER", for_spreadsheets=True),
    )
}
"""By name; the first one is the default."""
