# Everything is set up by the first target that needs it: Python 3.11 to 3.13, pip, git, make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: setup demo up test check laws mutants format lock benchmarks clean

$(READY): requirements.txt tests/requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "Work 365 needs Python 3.11, 3.12 or 3.13; say which with PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

setup: $(READY)

demo: $(READY)  ## Show the main job on this machine, from subscriptions to invoices
	@$(BIN)/work365 demo

up: $(READY)  ## The same, and leave it running until it is interrupted
	@$(BIN)/work365 up --demo

check: $(READY)  ## Style, types and layers, without running anything
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

test: check  ## Everything that has to hold before a change lands
	@$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal

EXAMPLES ?= 10000
laws: $(READY)  ## A long search for a history that breaks a law of billing (EXAMPLES=50: a short one)
	@$(BIN)/python -m tests.laws --examples $(EXAMPLES)

MUTANTS ?= work365.domain.*
mutants: $(READY)  ## Alter the billing engine line by line; the tests should notice (MUTANTS=work365.domain.runs*)
	@nice -n 10 $(BIN)/mutmut run '$(MUTANTS)'
	@$(BIN)/python -m tests.mutants '$(MUTANTS)'

format: $(READY)
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

lock: $(READY)  ## Pin the dependencies again
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --quiet -o requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --quiet -o tests/requirements.txt

benchmarks: $(READY)  ## Print the figures of docs/benchmarks.md
	@$(BIN)/python -m tests.benchmarks.compare
	@$(BIN)/python -m tests.benchmarks.engine
	@$(BIN)/python -m tests.benchmarks.billing_run --contracts 5000
	@$(BIN)/python -m tests.benchmarks.throttled
	@$(BIN)/python -m tests.benchmarks.partner_center_sync
	@$(BIN)/python -m tests.benchmarks.emulator

clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis mutants
