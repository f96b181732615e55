# Everything here sets itself up: a virtual environment in .venv, made anew when pyproject.toml changes.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check docs bench clients endurance

run: .venv/ready  ## the main job: the thumbnail tutorial's function, in virtual time
	@$(BIN)/eventsim run scenarios/thumbnails.yaml

test: .venv/ready  ## the whole test suite; one worker more than processors, since tests wait for processes of theirs
	$(BIN)/python -m pytest -n $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --dist worksteal -q

clients: .venv/ready .clients/ready  ## the AWS CLI, SDKs and Powertools, as they are, against a server
	$(BIN)/python -m pytest -n auto -q -m clients tests/clients

endurance: .venv/ready  ## what takes minutes: a load, ten thousand queues, fuzz of the wire; prints figures
	$(BIN)/python -m pytest -q -s -m endurance tests/endurance

.clients/ready: tests/clients/requirements.txt tests/clients/layer.txt tests/clients/package.json
	@echo "Setting up .clients …" && rm -rf .clients && $(BIN)/python -m venv .clients/venv
	@.clients/venv/bin/pip install -q --disable-pip-version-check -r tests/clients/requirements.txt
	@$(BIN)/pip install -q --disable-pip-version-check --target .clients/layer/python -r tests/clients/layer.txt
	@mkdir -p .clients/node && cp tests/clients/package.json .clients/node && npm install --silent --no-audit --no-fund --prefix .clients/node
	@touch $@

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
