# One virtual environment, made once and remembered by stamp files. Everything else is a short
# command in it. `make PYTHON=/path/to/python3.12 run` chooses the interpreter.

VENV := .venv
BIN := $(VENV)/bin
REPO ?= .

.DEFAULT_GOAL := help
.PHONY: help run test check unit test-vllm format screenshots clean

help:
	@echo 'make run          install, fetch the weights, start the assistant in this repository'
	@echo 'make run REPO=DIR the same in another repository'
	@echo 'make test         everything CI checks'
	@echo 'make test-vllm VLLM=http://127.0.0.1:8000   engine and commands on a vLLM that runs there'
	@echo 'make format       format the code'
	@echo 'make screenshots  draw the screenshots of the README'
	@echo 'make clean        remove what make made; weights and state stay'

# The first interpreter that is new enough and really runs.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$python; break; fi; done)

$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed; none was found. Name one: make PYTHON=/path/to/python run' >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.run

run: $(VENV)/.run
	@$(BIN)/assistant models pull
	@if [ -t 0 ] && [ -t 1 ]; then cd '$(REPO)' && exec '$(CURDIR)/$(BIN)/assistant'; \
	else exec $(BIN)/assistant demo; fi

test: check unit

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/.dev
	$(BIN)/assistant models pull qwen2.5-coder-0.5b
	$(BIN)/python -m pytest --numprocesses=logical --dist=loadfile -m 'not weights'
	$(BIN)/python -m pytest -m weights

test-vllm: $(VENV)/.dev
	@test -n '$(VLLM)' || { echo 'Name the address of a running vLLM: make test-vllm VLLM=http://127.0.0.1:8000' >&2; exit 2; }
	ASSISTANT_TEST_VLLM='$(VLLM)' $(BIN)/python -m pytest -k vllm \
		tests/engine/server/test_vllm.py tests/cli/test_real_server.py

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

screenshots: $(VENV)/.dev
	$(BIN)/python -m tests.ui.screenshots

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find assistant tests -name __pycache__ -type d -prune -exec rm -rf {} +
