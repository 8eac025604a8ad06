# One virtual environment, made once and remembered by stamp files. Everything else is a short
# command in it. `make PYTHON=/path/to/python3.12 run` chooses the interpreter.

VENV := .venv
BIN := $(VENV)/bin
TOOLS := .venv-tools
REPO ?= .

.DEFAULT_GOAL := help
.PHONY: help run test check unit hostile sequences test-vllm format screenshots clean lock sbom licences audit

help:
	@echo 'make run          install, fetch the weights, start the assistant in this repository'
	@echo 'make run REPO=DIR the same in another repository'
	@echo 'make test         everything CI checks'
	@echo 'make hostile      hostile inputs and faults, one by one, as a table'
	@echo 'make sequences    1,000 random histories of writes and 10,000 outputs of a model'
	@echo 'make test-vllm VLLM=http://127.0.0.1:8000   engine and commands on a vLLM that runs there'
	@echo 'make format       format the code'
	@echo 'make screenshots  draw the screenshots of the README'
	@echo 'make lock         write requirements.lock: all dependencies, exact, with hashes, for every system'
	@echo 'make sbom         write build/sbom.json: what is installed, as CycloneDX'
	@echo 'make licences     fail where a dependency has a licence that this one does not go with'
	@echo 'make audit        look up known vulnerabilities of what is installed; needs the network'
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

hostile: $(VENV)/.dev
	$(BIN)/python -m tests.hostile

sequences: $(VENV)/.dev
	ASSISTANT_SEQUENCES=1000 ASSISTANT_OUTPUTS=10000 $(BIN)/python -m pytest \
		tests/apply/test_sequences.py tests/ui/test_unruly_outputs.py

test-vllm: $(VENV)/.dev
	@test -n '$(VLLM)' || { echo 'Name the address of a running vLLM: make test-vllm VLLM=http://127.0.0.1:8000' >&2; exit 2; }
	ASSISTANT_TEST_VLLM='$(VLLM)' $(BIN)/python -m pytest -k vllm \
		tests/engine/server/test_vllm.py tests/cli/test_real_server.py

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

screenshots: $(VENV)/.dev
	$(BIN)/python -m tests.ui.screenshots

# Tools of their own environment: the licences and vulnerabilities of what users install count, not theirs.
$(TOOLS)/.tools: | $(BIN)/python
	$(BIN)/python -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet 'uv>=0.9' 'cyclonedx-bom>=7' 'pip-licenses>=5' 'pip-audit>=2.9'
	@touch $@

lock: $(TOOLS)/.tools
	$(TOOLS)/bin/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header \
		pyproject.toml --output-file requirements.lock

sbom: $(VENV)/.run $(TOOLS)/.tools
	@mkdir -p build
	$(TOOLS)/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml \
		--output-file build/sbom.json $(BIN)/python

# Apache-2.0 goes with the Lesser GPL, the Mozilla licence and everything permissive.
licences: $(VENV)/.run $(TOOLS)/.tools
	$(TOOLS)/bin/pip-licenses --python=$(BIN)/python --summary --partial-match \
		--fail-on='GNU General Public;Affero;AGPL;SSPL;Commercial;UNKNOWN'

audit: $(VENV)/.run $(TOOLS)/.tools
	$(BIN)/python -m pip freeze --exclude-editable > $(TOOLS)/installed.txt
	$(TOOLS)/bin/pip-audit --no-deps --disable-pip --requirement $(TOOLS)/installed.txt

clean:
	rm -rf $(VENV) $(TOOLS) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find assistant tests -name __pycache__ -type d -prune -exec rm -rf {} +
