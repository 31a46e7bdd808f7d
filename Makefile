# Causeway: one word per habit. `make help` lists them; each sets itself up from nothing.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules
.PHONY: help run test check fix screens bench mutants soak lines installer

PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2
TESTS ?= tests

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: .venv/.ready ## open the practice partnership with invented people (without a display: drive it and save pictures)
	@$(BIN)/causeway demo

test: .venv/.ready ## run every test (TESTS=tests/house for a part, WORKERS=4 for more processes)
	@$(BIN)/pytest -n $(WORKERS) $(TESTS)

check: .venv/.ready ## style, types and import contracts; changes nothing
	@$(BIN)/ruff check --quiet . || { echo 'make check: ruff found the faults above; `make fix` mends what can be mended.' >&2; exit 1; }
	@$(BIN)/ruff format --check --quiet . || { echo 'make check: the files above are not formatted; run `make fix`.' >&2; exit 1; }
	@$(BIN)/mypy --no-error-summary || { echo 'make check: mypy found the faults above.' >&2; exit 1; }
	@$(BIN)/lint-imports > .venv/imports.txt || { cat .venv/imports.txt; echo 'make check: an import contract is broken (see pyproject.toml).' >&2; exit 1; }
	@echo 'check: style, types and import contracts are in order'

fix: .venv/.ready ## format, and mend what ruff can mend
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

screens: .venv/.ready ## paint every screen into a folder of pictures
	@$(BIN)/python -m tests.screens

bench: .venv/.ready ## measure start, answers, lists, store and sync; print the table (ARGS=--smoke for a quick look)
	@$(BIN)/python -m tests.bench $(ARGS)

mutants: .venv/.ready ## plant eleven unsound rules into the real code, one at a time; each must be seen (some minutes)
	@$(BIN)/python -m tests.machines.mutants $(ARGS)

soak: .venv/.ready ## long random walks with faults (ARGS='--steps 1000000 --jobs 2 --postgres'); says steps and failures
	@$(BIN)/python -m tests.machines.soak $(ARGS)

lines: .venv/.ready ## fifty edits through five bad lines, ten times faster than real (ARGS='--scale 1' as slow as they are)
	@$(BIN)/python -m tests.lines $(ARGS)

installer: .venv/.ready ## build the program folder that runs without Python, and try it
	@$(BIN)/python installer/build.py

# What every command stands on: system libraries, a virtual environment, the locked packages, this project in place.
.venv/.ready: requirements.lock pyproject.toml installer/linux/system-packages.sh
	@installer/linux/system-packages.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Causeway needs Python 3.11 or newer: make PYTHON=/path/to/python3.11' >&2; exit 1; }
	@test -x $(BIN)/pip || { echo 'set-up: virtual environment' >&2; $(PYTHON) -m venv --clear .venv; }
	@echo 'set-up: locked packages' >&2
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
