# Everything runs in .venv, which each target makes for itself when it is missing or stale.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# Tests write to memory where that is possible; those that kill processes or fill disks need a disk.
DISK := $(or $(TMPDIR),/tmp)
IN_MEMORY := $(if $(wildcard /dev/shm),TMPDIR=/dev/shm ALLUSE_TEST_DISK=$(DISK))
# Tests wait for timers and disks, so three workers per core keep the cores busy.
WORKERS := $(shell $(PYTHON) -c 'import os; print(max(2, len(os.sched_getaffinity(0)) * 3))' 2>/dev/null || echo auto)
unexport PYTHONDONTWRITEBYTECODE # tests start many processes, each of which would compile again

.PHONY: run demo install test test-all check coverage bench snapshots docs clean

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
	$(IN_MEMORY) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not crash and not slow" --hypothesis-profile=quick

test-all: install
	$(IN_MEMORY) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

coverage: install
	$(IN_MEMORY) $(BIN)/python -m coverage run --source alluse_tui -m pytest -m "not crash and not slow" --hypothesis-profile=quick
	$(BIN)/python -m coverage report --skip-covered --sort cover

bench: install
	$(BIN)/python -m benchmarks

snapshots: install
	ALLUSE_SNAPSHOTS=update $(BIN)/python -m pytest tests/tui/test_snapshots.py

docs: install
	$(BIN)/python -m docs.build

clean:
	rm -rf .venv
