"""The DuckDB file that answers questions about history, published whole and never changed in place.

Nothing is loaded here: whoever only needs the names of export formats does not load DuckDB.
"""
