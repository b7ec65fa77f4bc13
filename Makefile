# Two commands are enough: `make run` and `make test`. Each target sets up what it needs by itself.
# Needed beforehand: Python 3.11 with its venv module, git and make. Nothing is installed outside .venv
# except by `test-setup`, and there only Debian packages, by name, when run as root.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet

# Real messages to test with, kept outside the repository; the tests that need them name themselves when absent.
TOWNHALL_TEST_DATA ?= $(realpath ../shared/data)
export TOWNHALL_TEST_DATA

# Test workers: one per core, at most four; the journeys wait for browsers, not for the processor.
WORKERS ?= $(shell n=$$(nproc); echo $$(( n > 4 ? 4 : n )))
# A file is one worker's; they start in the order of tests/conftest.py, not by their numbers of tests.
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# Extra arguments: `make test ARGS="tests/questions -x"`, `make run ARGS="--bind 0.0.0.0:8000"`.
ARGS ?=
STAGE ?= live
SEED ?= 1

TRANSLATIONS := $(patsubst %.po,%.mo,$(wildcard src/townhall/*/locale/*/LC_MESSAGES/*.po))

.PHONY: help setup run demo test-setup test test-quick test-long check faults faults-cluster attack bench docs clean

help:
	@echo "make run        a district in the middle of its office hour, on http://127.0.0.1:8000/"
	@echo "make demo       fill an empty installation: STAGE=planned|announced|preparing|live|wrapping|archived SEED=1"
	@echo "make test       everything but what needs patience, on SQLite, in a real browser"
	@echo "make test-long  the patient tests, and what has a database again on PostgreSQL"
	@echo "make check      style, types, layers, translations, house rules, generated documents"
	@echo "make faults     everything is killed, filled, locked and slowed; SOAK=7200 for two hours under load"
	@echo "make faults-cluster  several machines in network namespaces, one after another lost in a live hour (as root)"
	@echo "make attack     others' tools against the running product: scanners, fuzzers, slow floods; a quarter of an hour"
	@echo "make bench      what is measured, with versions      make docs   write the generated documents"

# --- set-up: stamps live inside .venv, so removing .venv forgets everything -------------------------------

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Townhall needs Python 3.11 or newer; set PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@touch $@

.venv/runtime: .venv/made requirements.lock pyproject.toml
	$(PIP) --require-hashes --no-deps -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/development: .venv/runtime requirements-dev.lock
	$(PIP) --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

%.mo: %.po .venv/runtime
	@$(BIN)/pybabel --quiet compile --input-file=$< --output-file=$@
	@touch $@

setup: .venv/runtime $(TRANSLATIONS)

test-setup: setup .venv/development
	@tools/install-test-needs

# --- use ------------------------------------------------------------------------------------------------

run: setup
	@exec $(BIN)/townhall run $(ARGS)

demo: setup
	$(BIN)/townhall demo --stage $(STAGE) --seed $(SEED) $(ARGS)

# --- proof ----------------------------------------------------------------------------------------------

test: test-setup
	$(PYTEST) -m "not long" $(ARGS)

test-quick: test-setup
	$(PYTEST) -m "not long and not browser" $(ARGS)

# Nothing to run twice: the edge's protocol speaks to a house in a file, and browsers to an installation on SQLite.
# On PostgreSQL the product's own streams, its processes and what kills them run instead. Filling a demo there takes
# half a minute each time: the commands of backups (tests/backups/test_postgres.py has what is PostgreSQL's own) and the
# stages of the demo run once, on SQLite, and so do patient tests that no database changes and the tables of who may what
# (tests/*/test_life.py and the moves of questions run on both).
NO_DATABASE := $(foreach name,hub pace requests streams,--ignore=tests/edge/test_$(name).py) --ignore=tests/deploy \
	--ignore=tests/backups/test_commands.py --ignore=tests/rehearsal/test_fill.py --ignore=tests/rehearsal/test_cast.py \
	$(foreach room,hours commitments preparation,--ignore=tests/$(room)/test_flow_matrix.py)

test-long: test-setup
	HYPOTHESIS_PROFILE=long $(PYTEST) -m long $(ARGS)
	TOWNHALL_TEST_DATABASE=postgres $(PYTEST) \
		-m "not house and not browser and not sqlite and (not long or both_databases)" \
		$(NO_DATABASE) $(ARGS)

# What goes wrong on a bad night, patiently: `make test-long` has the same in a shorter form.
SOAK ?= 600
FAULTS := tests/faults tests/record/test_kill.py tests/outreach/test_kill.py tests/outreach/test_carriers.py \
	tests/backups/test_follow.py tests/backups/test_commands.py

faults: test-setup
	FAULT_LIVES=500 FAULT_OUTAGES=10 SENDER_KILLS=200 SOAK_SECONDS=$(SOAK) $(BIN)/python -m pytest -p no:xdist -s $(FAULTS) $(ARGS)

# Two fronts, two application hosts, PostgreSQL with Patroni, Redis: deploy/testbed. A quarter of an hour.
faults-cluster: test-setup
	@[ "$$(id -u)" -eq 0 ] || { echo "make faults-cluster makes network namespaces and needs root" >&2; exit 1; }
	@tools/install-test-needs cluster
	FAULTS_CLUSTER=1 $(BIN)/python -m pytest -p no:xdist -s tests/cluster $(ARGS)

# One tool: `make attack ARGS=sqlmap`. What they need is installed by name, from Debian and npm.
attack: test-setup
	$(BIN)/python -m bench.attack $(ARGS)

check: setup .venv/development
	@$(BIN)/python -m tools.check

bench: test-setup
	$(BIN)/python -m bench $(ARGS)

docs: setup .venv/development
	$(BIN)/python -m tools.generate_reference
	$(BIN)/python -m tools.supply

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache $(TRANSLATIONS)
