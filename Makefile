# Needs make and Python 3.11 or newer, nothing else. `make help` lists what it can do.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:

BIN := .venv/bin
# Processes that share the tests, a file at a time.
JOBS ?= 2
FAULTS := tests/faults tests/fleet/test_crash_points.py tests/fleet/test_submit.py \
  tests/fleet/test_delivery.py tests/fleet/test_checkpoints.py \
  tests/fleet/test_state_machine.py tests/darkreach/test_checkpoint.py \
  tests/darkreach_site/test_exposure.py
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder
# A virtual environment belongs to one lock: another lock or another project file makes
# another stamp, and an existing stamp means that there is nothing to do.
STAMP := .venv/stamp-$(shell cat requirements.txt pyproject.toml | cksum | tr ' ' '-')

help: ## list all targets
	@awk 'BEGIN { FS = ":.*## " } \
	  /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with the pinned, hashed packages and the darkreach command
	@:

hunt: $(STAMP) ## hunt the primes k*2^n+1 and k*2^n-1 for k = 3, 5, 7, 9 and n to 2000
	@$(BIN)/python manage.py hunt $(ARGS)

up: $(STAMP) ## keep site, scheduler and workers running until Ctrl-C
	@$(BIN)/python manage.py up $(ARGS)

flower: $(STAMP) ## watch queues and workers in a browser (loopback only, password required)
	@$(BIN)/python manage.py flower $(ARGS)

audit: $(STAMP) ## check the invariants over everything in the ledger
	@$(BIN)/python manage.py audit $(ARGS)

selftest: $(STAMP) ## compute known answers on this machine
	@$(BIN)/darkreach selftest

test: $(STAMP) ## run the suite on SQLite, then the ledger's part on PostgreSQL
	$(PYTEST) --ledger=sqlite -m "not slow and not browser" $(ARGS)
	$(PYTEST) --ledger=postgresql -m "ledger and not slow" $(ARGS)

test-slow: $(STAMP) ## run the long variants: all published residues, searches and storms
	$(PYTEST) --ledger=sqlite -m slow $(ARGS)
	$(PYTEST) --ledger=postgresql -m "ledger and slow" $(ARGS)

test-browser: $(STAMP) ## look at the pages in Chromium: journeys, accessibility, a phone's width
	$(BIN)/python -m pytest tests/browser $(ARGS)

faults: $(STAMP) ## run every fault, short and long, one after the other
	$(BIN)/python -m pytest -n 0 --ledger=sqlite $(FAULTS) $(ARGS)
	$(BIN)/python -m pytest -n 0 --ledger=postgresql $(FAULTS) $(ARGS)

test-api-fuzz: $(STAMP) ## ask every address of the API a thousand valid and invalid things
	$(BIN)/python -m pytest tests/darkreach_site/test_api_schema.py -m slow $(ARGS)

test-core: $(STAMP) ## run the library's tests only
	$(PYTEST) tests/darkreach -m "not slow" $(ARGS)

security: $(STAMP) ## look for secrets in the tree and for advisories about the packages
	$(BIN)/python -m pytest -n 0 tests/test_secrets.py
	$(BIN)/python .ci/advisories.py || test $$? -eq 3

check: $(STAMP) ## lint, format, types and import order
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(STAMP) ## put the code into its form and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## make requirements.txt from requirements.in (needs uv)
	@uv=$$(command -v uv || ls $(BIN)/uv 2>/dev/null) || { \
	  echo "make lock needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }; \
	"$$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header \
	  requirements.in -o requirements.txt

clean: ## remove caches and build outputs; the home folder and .venv stay
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache \
	  .import_linter_cache .hypothesis
	find . -name .venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

.PHONY: help setup hunt up flower audit selftest test test-slow test-browser test-api-fuzz faults \
  test-core security check format lock clean

$(STAMP): requirements.txt pyproject.toml
	@set -e; \
	good='import sys; sys.exit(sys.version_info < (3, 11))'; \
	if ! $(BIN)/python -c "$$good" 2>/dev/null; then \
	  found=; \
	  for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	    if $$candidate -c "$$good" 2>/dev/null; then found=$$candidate; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "darkreach needs Python 3.11 or newer, and none was found on PATH." >&2; \
	    echo "Install one, or name it: make PYTHON=/path/to/python3 ..." >&2; \
	    exit 1; \
	  fi; \
	  if ! $$found -c 'import venv, ensurepip' 2>/dev/null; then \
	    echo "$$found lacks the module venv or ensurepip." >&2; \
	    echo "On Debian and Ubuntu: apt install python3-venv" >&2; \
	    exit 1; \
	  fi; \
	  echo "Making .venv with $$($$found --version) ..." >&2; \
	  $$found -m venv --clear .venv; \
	fi; \
	echo "Installing the pinned packages (this takes a minute) ..." >&2; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes --only-binary :all: -r requirements.txt >&2; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --no-deps --no-build-isolation --editable . >&2; \
	rm -f .venv/stamp-*; \
	touch $@
