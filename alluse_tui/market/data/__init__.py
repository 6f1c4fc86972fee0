"""Bars, chains and events: checked on import, stored as Parquet by the journal, queried in place.

The only part of `market` that imports DuckDB (docs/decisions/019).
"""
