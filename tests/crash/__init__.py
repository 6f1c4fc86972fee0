"""What may befall a book: kill -9, races, a disk that is full or fails, files of other programs.

A package, so that its conftest does not take the place of the one above.
"""
