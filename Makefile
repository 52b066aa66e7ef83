# Every target does its own set-up; what is installed already costs nothing.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# Tests that run side by side: most of them wait for blocks. WORKERS=0 runs one after the other.
WORKERS ?= 3

PYTHON_READY := .venv/.ready
NODE_READY := contracts/node_modules/.ready

.PHONY: help setup demo test check lint types unit faults contracts contracts-check coverage \
	bench bench-compare docs lock format clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(PYTHON_READY) $(NODE_READY) ## everything that demo and test need

$(PYTHON_READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(NODE_READY): contracts/package-lock.json
	cd contracts && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

demo: setup ## real transfers between local chains, by the real agent
	@$(BIN)/beamer-agent demo $(ARGS)

test: setup contracts-check lint types coverage ## everything that can be tested

check: lint types unit ## what is quick: lint, types, unit and property tests

lint: $(PYTHON_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(PYTHON_READY)
	$(BIN)/mypy

unit: $(PYTHON_READY)
	$(BIN)/pytest -q -m "unit or property" $(ARGS)

faults: setup ## every fault of an endpoint at every stage, as a table: about twenty minutes
	FULL_MATRIX=1 $(BIN)/pytest -q -m faults -n $(WORKERS) $(ARGS)

coverage: setup ## all Python tests, with branch coverage
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -q -n $(WORKERS) $(ARGS)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

bench: setup ## how fast the agent is, as a table: about four minutes, for three runs ARGS="--runs 3"
	$(BIN)/python -m benchmarks.bench $(ARGS)

bench-compare: setup ## two agent commands in turn: A="one" B="other", for one part ARGS="--part burst"
	$(BIN)/python -m benchmarks.compare $(ARGS) "$(A)" "$(B)"

contracts-check: $(NODE_READY) ## contracts: build, compare with the packaged ones, test, gas
	cd contracts && npm run --silent check

docs: $(PYTHON_READY) ## state diagrams, alerting rules and metrics, from the code; the table of the benchmark, from its results
	$(BIN)/python docs/diagrams.py
	$(BIN)/python docs/alerts.py
	$(BIN)/python docs/metrics.py
	$(BIN)/python -m benchmarks.page

format: $(PYTHON_READY) ## let ruff arrange the code
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

lock: ## new lock files from pyproject.toml (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-annotate --no-header -q pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-annotate --no-header -q pyproject.toml --extra dev -o requirements-dev.lock

clean: ## remove what setup installed and tests left
	rm -rf .venv contracts/node_modules .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis
