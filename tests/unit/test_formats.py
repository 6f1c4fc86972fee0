"""Statement readers and export formats: one table each; what it lacks is named."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path

import click
import pytest

import alluse_tui.market.statements as statements
from alluse_tui.cli.main import alluse
from alluse_tui.market.statements.read import READERS, RECOGNISED_BYTES, Reader
from alluse_tui.market.statements.statement import SourceFile
from alluse_tui.replica.export_formats import EXPORT_FORMATS

DATA = Path(__file__).parents[1] / "data"


def read_functions() -> set[tuple[str, str]]:
    """(module, function) of everything in the package that turns a file into statements."""
    functions = set()
    for info in pkgutil.iter_modules(statements.__path__):
        module = importlib.import_module(f"{statements.__name__}.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ != module.__name__:
                continue
            types = function.__annotations__
            if "SourceFile" in types.values() and "ReadStatement" in types.get("return", ""):
                functions.add((info.name, name))
    return functions


def test_every_reader_has_a_row_in_the_table() -> None:
    assert read_functions() == {(reader.module, reader.function) for reader in READERS}


RECOGNISED = [reader for reader in READERS if reader.name != "generic-csv"]  # by its mapping


@pytest.mark.parametrize("reader", RECOGNISED, ids=lambda reader: reader.name)
def test_every_reader_has_a_sample_that_only_it_recognises(reader: Reader) -> None:
    samples = [p for p in DATA.iterdir() if reader.recognises(p.read_bytes()[:RECOGNISED_BYTES])]
    assert samples, f"tests/data has no composed statement for {reader.name}"
    for sample in samples:
        beginning = sample.read_bytes()[:RECOGNISED_BYTES]
        assert [r.name for r in READERS if r.recognises(beginning)] == [reader.name]
        assert {
            read.format for read in reader.read(SourceFile(sample.read_bytes(), sample.name, ""))
        } == {reader.name}


def test_every_format_is_offered_for_completion() -> None:
    command = alluse.get_command(None, "import")  # type: ignore[arg-type]
    assert command is not None
    (option,) = [p for p in command.params if p.name == "format_name"]
    offered = [item.value for item in option.shell_complete(click.Context(command), "")]
    assert offered == ["auto", *(reader.name for reader in READERS)]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_the_guide_has_every_format(reader: Reader) -> None:
    guide = (DATA.parents[1] / "docs" / "guide.md").read_text()
    assert any(f"`{reader.name}`" in line for line in guide.splitlines() if line[:1] == "|")


def test_every_export_format_is_named_and_offered_by_the_command_line() -> None:
    assert [e.name for e in EXPORT_FORMATS.values()] == list(EXPORT_FORMATS)
    command = alluse.get_command(None, "export")  # type: ignore[arg-type]
    assert command is not None
    (option,) = [p for p in command.params if p.name == "form"]
    assert option.metavar == "|".join(EXPORT_FORMATS)
    assert option.default in EXPORT_FORMATS
