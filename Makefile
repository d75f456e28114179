# Every target does its own set-up; stamps in .state make repeated calls cheap.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STATE := .state
export DANGWU_DATA_DIR ?= var

.PHONY: help setup assets run test test-postgresql lint format nightly fuzz fuzz-api reference lock bench bench-roster tck clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*?## ' $(MAKEFILE_LIST) | awk -F':.*?## ' '{printf "  make %-16s %s\n", $$1, $$2}'

$(STATE)/venv: requirements.lock pyproject.toml
	@echo "==> Python environment (.venv), about a minute the first time"
	@mkdir -p $(STATE)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(STATE)/node: package-lock.json
	@echo "==> npm packages, about 15 seconds the first time"
	@mkdir -p $(STATE)
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(STATE)/assets: $(STATE)/node $(shell find web/assets -type f 2>/dev/null)
	@echo "==> Building style sheets and scripts"
	@node web/assets/build.mjs
	@touch $@

$(STATE)/browser:
	@mkdir -p $(STATE)
	@tools/install-browser
	@touch $@

setup: $(STATE)/venv $(STATE)/assets ## Install everything the product needs

assets: $(STATE)/assets ## Build style sheets and scripts

run: setup ## Run the product with sample data on http://127.0.0.1:8000
	@DANGWU_DEMO=$${DANGWU_DEMO-1} $(BIN)/dangwu run

test: setup $(STATE)/browser ## Run all tests, browser and crash tests included
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

POSTGRESQL_TESTS ?= tests/services tests/web tests/procedures

test-postgresql: setup ## Run the tests that use a database on PostgreSQL (127.0.0.1, user postgres)
	DANGWU_TEST_DATABASE=postgresql $(BIN)/python -m pytest -q -n 2 --dist loadfile $(POSTGRESQL_TESTS)

lint: setup ## Check style, types, layers, diagrams, procedures and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir .import_linter_cache
	npx --no-install bpmnlint bpmn/*/process.bpmn
	$(BIN)/dangwu lint bpmn/*/
	$(BIN)/djlint web/templates --lint --quiet

format: setup ## Format the Python code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## Measure engine and rosters; prints figures, asserts nothing
	$(BIN)/python -m tests.perf.bench

bench-roster: setup ## Measure the import of a whole country: 17,101 bodies, 306,000 people
	$(BIN)/python -m tests.perf.roster_bench --full

TCK ?= ../shared/dmn-tck

tck: setup ## Run the DMN compatibility kit at TCK=PATH; writes tck_results.csv
	$(BIN)/python -m tests.tck.runner "$(TCK)"

nightly: setup ## Walk 10,000 random diagrams
	DANGWU_WALKS=10000 $(BIN)/python -m pytest -q --timeout=0 tests/unit/engine/test_random_walks.py

SECONDS_OF_FUZZ ?= 60

fuzz: setup ## Fuzz FEEL with atheris (Linux; installed on the spot, it is not in the lock)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check atheris==3.0.0
	$(BIN)/python -m tests.fuzz.feel "$(TCK)" $(SECONDS_OF_FUZZ)

API_CALLS ?= 300

fuzz-api: setup ## Fuzz the JSON API with schemathesis, API_CALLS calls per operation
	DANGWU_API_EXAMPLES=$(API_CALLS) $(BIN)/python -m pytest -q --timeout=0 tests/web/api/test_fuzz.py

reference: setup ## Write the tables of docs/reference/bpmn.md from the catalogue of constructs
	$(BIN)/python -m tests.standard.page

lock: ## Refresh requirements.lock and package-lock.json (names and hashes, no addresses)
	uv pip compile --universal --generate-hashes --quiet --no-header --group dev --all-extras --upgrade pyproject.toml -o requirements.lock
	npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund
	node web/assets/strip_lock.mjs

clean: ## Remove everything that was built or downloaded
	rm -rf $(VENV) $(STATE) node_modules web/static/dist .mypy_cache .ruff_cache .pytest_cache
