# Everything runs in .venv, which each target makes for itself when it is missing or stale.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: run demo install test check bench snapshots docs clean

run: install
	$(BIN)/alluse demo

demo: run

install: $(READY)

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q alluse_tui
	touch $(READY)

test: install
	$(BIN)/python -m pytest -n auto

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	$(BIN)/python -m benchmarks

snapshots: install
	ALLUSE_SNAPSHOTS=update $(BIN)/python -m pytest tests/tui/test_snapshots.py

docs: install
	$(BIN)/python -m docs.build

clean:
	rm -rf .venv
