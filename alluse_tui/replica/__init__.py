"""The DuckDB file for queries about history, published whole and never changed in place.

Nothing is imported here, so that the names of export formats are available without DuckDB.
"""
