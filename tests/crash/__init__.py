"""What may befall a book: kill -9, races, a disk that is full or fails, files of other programs.

A package, so that its conftest does not take the place of the one above.
"""

import pytest

pytest.register_assert_rewrite("crash.scenes")  # what failed in there is told with its values
