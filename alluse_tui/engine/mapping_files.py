"""Mappings of CSV files, for faces that do not know where these are saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from alluse_tui.domain.model.errors import BadInput

if TYPE_CHECKING:
    from alluse_tui.market.statements.csv_mapping import CsvMapping


def chosen_mapping(name: str) -> CsvMapping | None:
    """The saved mapping of that name, or that of a TOML file; None for ''. Raises BadInput."""
    from alluse_tui.config import mapping_file
    from alluse_tui.market.statements.csv_mapping import mapping_of

    if not name:
        return None
    file_name, text = mapping_file(name)
    return mapping_of(text, file_name)


def saved_mappings() -> Iterator[CsvMapping]:
    """Every saved mapping. Raises BadInput for one that is wrong."""
    from alluse_tui.config import saved_mappings
    from alluse_tui.market.statements.csv_mapping import mapping_of

    for file_name, text in saved_mappings():
        yield mapping_of(text, file_name)


def check_new_mapping(name: str, source: str, file: str) -> None:
    """Check that the mapping `source` of a CSV file can be saved under a name. Raises BadInput."""
    from alluse_tui.config import saved_path

    if file == "-":
        raise BadInput("--save-mapping", name, "needs a file, not standard input")
    if not source:
        raise BadInput("--save-mapping", name, "needs --mapping with the mapping to save")
    path = saved_path(name)
    if path.exists():
        allowed = f"is already saved: choose another name, or remove {path}"
        raise BadInput("--save-mapping", name, allowed)


def save_mapping(name: str, source: str, file: str) -> Path:
    """Save the mapping `source` with the header of the file that it has read. Raises BadInput.

    A file with the same header is then recognised.
    """
    from alluse_tui.config import save_mapping
    from alluse_tui.market.statements import header_for
    from alluse_tui.market.statements.csv_mapping import mapping_text

    check_new_mapping(name, source, file)
    mapping = chosen_mapping(source)
    assert mapping is not None
    header = list(header_for(Path(file), mapping))
    return save_mapping(name, mapping_text(mapping.model_copy(update={"header": header})))
