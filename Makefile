# Needs make and python3 (3.11 or later, with venv); everything else goes into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# `make torture SEED=7 SIZE=20`: another order of events, a fifth of the whole.
SEED ?= 20261128
SIZE ?= 100
SECONDS ?= 600
# `make bench MAILS=3000`: a smaller mailbox, sooner measured.
MAILS ?= 20000
PEERS ?= $(HOME)/.cache/delegator/peers
FUZZ := .fuzz
LOWEST := .venv-lowest
SERVERS ?= $(HOME)/.cache/delegator/servers

.PHONY: help demo test quick lowest packages torture fuzz bench docs format generated clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 - \2/p' Makefile

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "delegator needs Python 3.11 or later, and '$(PYTHON)' is older or missing;" \
	       "install one and say 'make PYTHON=/path/to/python3.11'." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "'$(PYTHON)' comes without venv; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV) (a minute, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --use-pep517 --editable '.[dev]'
	@touch $@

demo: $(READY) ## A holiday in half a minute: the real service on mail servers of its own
	$(BIN)/delegator demo

test: $(READY) ## Style, types, layers and all tests, or those of T=tests/core/mail; names what it had to leave out
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest --numprocesses=auto --maxprocesses=4 --dist=worksteal $(T)

# What needs no server and no second. With PYTEST_XDIST_AUTO_NUM_WORKERS=1 it fits beside other work.
QUICK := tests/core/commands tests/core/hours tests/core/handovers tests/core/triage tests/core/test_people.py \
  tests/core/test_attempt.py tests/core/test_health.py tests/config tests/adapters/state tests/test_architecture.py \
  --ignore=tests/adapters/state/test_damage.py --ignore=tests/core/handovers/test_machine_any_order.py

quick: $(READY) ## Style, layers and the tests of decisions, configuration and state: in a minute
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest --quiet --numprocesses=auto --maxprocesses=4 --dist=worksteal $(QUICK)

lowest: ## The tests without servers, with the oldest version of each dependency that pyproject.toml allows
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/pip install --quiet --disable-pip-version-check uv
	$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct --editable '.[dev]'
	$(LOWEST)/bin/pytest --quiet --numprocesses=auto --maxprocesses=4 --dist=worksteal --ignore=tests/live \
	  --ignore=tests/fuzz --ignore=tests/docs

packages: $(READY) ## The source distribution and the wheel, in dist/; the version is the tag's
	rm -rf dist
	$(BIN)/python -m build --no-isolation

torture: $(READY) ## Crashes, faults and damage by the hundred; SEED=7 for another order, SIZE=20 for a fifth
	tests/servers/unpack.sh $(SERVERS)
	DELEGATOR_SERVERS=$(SERVERS) TORTURE_SEED=$(SEED) TORTURE_SIZE=$(SIZE) \
	  $(BIN)/pytest -m torture --numprocesses=2 --dist=worksteal \
	  --hypothesis-seed=$(SEED) -o faulthandler_timeout=900

fuzz: $(READY) ## Every parser and composer, guided by coverage, for SECONDS=600
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	$(BIN)/python -m tests.fuzz.run $(FUZZ) $(SECONDS)

docs: $(READY) ## The site of docs/, in site/; a link that leads nowhere is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(READY) ## What it costs beside others, into docs/performance.md; with MAILS=20000
	PYTHON=$(BIN)/python bench/peers.sh $(PEERS)
	PEERS=$(PEERS) $(BIN)/python bench/run.py --mails $(MAILS) --write

format: $(READY) ## Put the source in its standard form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generated: $(READY) ## Write anew what is made from the source: schema, reference, errors, help, catalogues; tests say what is stale
	$(BIN)/python -m delegator.config.schema
	$(BIN)/python -m scripts.make_reference
	$(BIN)/python -m scripts.make_events
	$(BIN)/python -m scripts.make_providers
	$(BIN)/python -m scripts.make_errors
	$(BIN)/python -m scripts.make_help
	$(BIN)/python -m scripts.make_catalogues

clean: ## Remove what `make test` made
	rm -rf $(VENV) $(LOWEST) $(FUZZ) site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
