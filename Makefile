# One file for GNU make and BSD make: plain rules only, no functions, no conditionals.

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed
WORKERS = 2

all: check

# What is compiled is compiled again when it changes.
$(STAMP): setup.cfg setup.py pyproject.toml portfake/make/*.py portfake/make/modifiers/*.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --config-settings editable_mode=compat --editable '.[test,check]'
	touch $(STAMP)

setup: $(STAMP)

demo: $(STAMP)
	sh tests/demo.sh $(BIN)/portfake

test: $(STAMP)
	$(BIN)/python -m pytest -q -n $(WORKERS)

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check-format: $(STAMP)
	$(BIN)/ruff format --check .

lint: $(STAMP)
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

layers: $(STAMP)
	$(BIN)/lint-imports

spelling: $(STAMP)
	$(BIN)/codespell

manual:
	mandoc -T lint -W warning man/portfake.8

check: check-format lint types layers spelling manual test

judge: $(STAMP)
	HYPOTHESIS_PROFILE=judge $(BIN)/python -m pytest -m judge -rA -s

bench: $(STAMP)
	$(BIN)/python -m benchmarks

clean:
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

.PHONY: all setup demo test format check-format lint types layers spelling manual check judge \
	bench clean
