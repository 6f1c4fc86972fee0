"""The formats in which tables can be exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A file format: its name, which is also the file suffix, and DuckDB's options for COPY.

    `for_spreadsheets` puts an apostrophe before text that a spreadsheet would take for a formula.
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
"""The export formats by name; the first one is the default."""
