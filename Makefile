# The two commands a newcomer needs: `make demo` and `make test`. Everything else is for those who work here.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
STAMP := $(VENV)/.installed
export WATTLOOM_DATA
# Trust what the machine trusts: many sites sit behind a certificate of their own.
export UV_SYSTEM_CERTS := true

.DEFAULT_GOAL := help

.PHONY: help
help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 20

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "wattloom needs Python 3.11: $(PYTHON) was not found; on Debian: apt-get install python3.11 python3.11-venv, or set PYTHON=…"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --no-deps --editable .
	@$(BIN)/python -m wattloom.dispatch.matching
	@touch $@

.PHONY: setup
setup: $(STAMP) ## Make the environment in .venv from the lock file

.PHONY: demo
demo: setup ## Plan 300 MW of sun, storage and computing in Xinjiang; prints the answer and the report's path
	@$(BIN)/wattloom plan site examples/xinjiang_300mw.yaml --out runs/demo

.PHONY: test
test: setup browser ## Set everything up and pass the tests
	@$(BIN)/pytest -n 2 --dist worksteal -m "not slow"

.PHONY: browser
browser: ## Install Debian's Chromium, PostgreSQL and mosquitto for the tests, where this user may
	@bash tests/install_debian.sh

.PHONY: check
check: setup ## What CI does besides the tests: format, lint, types, arrows, dependencies
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/deptry src

.PHONY: pretrained
pretrained: setup ## Train the solar network anew on generated stations (half an hour; PyTorch in an environment of its own)
	@test -x .venv-training/bin/python || $(PYTHON) -m venv .venv-training
	@.venv-training/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 onnx==1.23.2
	@OMP_NUM_THREADS=1 .venv-training/bin/python training/solar_network.py --out src/wattloom/forecast/models/weights

.PHONY: test-slow
test-slow: setup ## The tests of a minute and more
	@WATTLOOM_SEARCH=new $(BIN)/pytest -m slow

.PHONY: campaign
campaign: setup test-slow ## Long trials: property tests anew, full-year examples, fuzzing of project files, the benchmarks
	@WATTLOOM_SEARCH=new $(BIN)/pytest -n 2 --dist worksteal -m "not slow" tests/assets tests/domain tests/solve tests/rules
	@$(BIN)/python campaigns/examples_full_year.py
	@$(BIN)/python campaigns/plan_is_bill.py
	@$(BIN)/python campaigns/fuzz_project_files.py
	@$(BIN)/python campaigns/broken_rows.py
	@$(BIN)/python campaigns/envelope_laws.py
	@$(BIN)/python campaigns/ledger_fire.py
	@$(BIN)/python campaigns/double_claims.py
	@$(BIN)/python campaigns/fit_power_work.py
	@$(BIN)/python campaigns/kill_replay.py
	@$(BIN)/python campaigns/matching_rows.py
	@$(BIN)/python campaigns/live_fire.py
	@$(BIN)/python campaigns/closed_loop.py
	@$(BIN)/python campaigns/room_faults.py
	@$(BIN)/python campaigns/room_fire.py
	@$(BIN)/python campaigns/load_server.py
	@$(BIN)/python campaigns/schemathesis_api.py
	@WATTLOOM_FULL=1 $(BIN)/pytest tests/console tests/edge/console -m "slow or not slow"
	@$(BIN)/python benchmarks/baselines.py
	@$(BIN)/python benchmarks/flexibility.py
	@$(BIN)/python benchmarks/market_backtest.py
	@$(BIN)/python benchmarks/sizing.py
	@$(BIN)/python benchmarks/day_ahead.py
	@$(BIN)/python benchmarks/replay.py
	@$(BIN)/python benchmarks/matching.py

.PHONY: lock
lock: setup ## Resolve the dependencies anew into requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --group dev --extra server --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --upgrade --quiet -o requirements.lock

.PHONY: docs
docs: setup ## Write the generated pages of docs/reference
	@$(BIN)/python docs/generate.py
