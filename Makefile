# The commands of this repository. `make` alone lists them.

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN := .venv/bin
PORT ?= 8050
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# No index address and no machine path may get into a lock file: whoever installs decides where from.
UV := uv==0.13.9
LOCK := .cache/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-config --no-header --no-emit-index-url $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench soak lock format clean

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.dev  ## make .venv with everything locked, and find a browser for the tests
	@tests/browser/get_chromium.sh

run: .venv/.runtime  ## start the demo clinic at http://127.0.0.1:8050
	$(BIN)/chairside demo --port $(PORT)

test: setup  ## run all tests, on both databases and in a real browser
	$(BIN)/python -m pytest -n 2 --ignore=tests/browser --cov --cov-report= --cov-fail-under=0
	$(BIN)/python -m pytest tests/browser --cov --cov-append --cov-report=term

check: .venv/.dev  ## look at format, lint, types, imports and the house rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir .cache/imports
	$(BIN)/python -m pytest -q tests/house

bench: setup  ## measure the targets, and print them beside their limits
	$(BIN)/python -m bench

soak: setup  ## run the long tests
	$(BIN)/python -m pytest -m soak -o faulthandler_timeout=0

format: .venv/.dev  ## put the code in form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: | .venv/bin/python  ## renew both lock files from pyproject.toml (UPGRADE=1: to the newest allowed)
	@test -x .cache/lock/bin/uv || { $(BIN)/python -m venv .cache/lock && .cache/lock/bin/python -m pip install -q $(UV); }
	$(LOCK) --group build --output-file requirements.txt pyproject.toml
	$(LOCK) --group dev --constraints requirements.txt --output-file requirements-dev.txt pyproject.toml

clean:  ## remove .venv, caches and what tests left behind
	rm -rf .venv .cache .hypothesis

# Two stamps: what `make run` needs, and that plus the tools. Each is renewed when its lock file or pyproject.toml changes.
.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Chairside needs Python 3.11 or later, and no python3 or python3.11 to 3.14 here is." \
		"Install one, or name it: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Chairside needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) -V 2>&1)."; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "$(PYTHON) could not make a virtual environment. On Debian: apt-get install python3-venv"; exit 1; }

.venv/.runtime: requirements.txt pyproject.toml | .venv/bin/python
	@echo "Installing what the program needs into .venv ..."
	@$(PIP) install --no-deps --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

.venv/.dev: requirements-dev.txt pyproject.toml | .venv/bin/python
	@echo "Installing the program and its tools into .venv ..."
	@$(PIP) install --no-deps --require-hashes -r requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch .venv/.runtime $@
