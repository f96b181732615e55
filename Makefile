# Everything here sets itself up: a virtual environment in .venv, made anew when pyproject.toml changes.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check docs bench

run: .venv/ready  ## the main job: the thumbnail tutorial's function, in virtual time
	@$(BIN)/eventsim run scenarios/thumbnails.yaml

test: .venv/ready  ## the whole test suite
	$(BIN)/python -m pytest -n auto -q

check: .venv/ready  ## lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests/typing/api.py docs/examples/source/heartbeats.py

docs: .venv/ready  ## what the pages show of files, commands and data, and the scenarios' recorded outputs
	@$(BIN)/python -m docs.update

bench: .venv/ready  ## ratios against named rivals, measured in one run
	$(BIN)/pip install -q -e '.[bench]'
	$(BIN)/python -m benchmarks

.venv/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "eventsim needs Python 3.11 or newer; name one: make PYTHON=python3.12 …")'
	@echo "Setting up .venv …" && $(PYTHON) -m venv .venv && $(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@
