# One command per wish; `make` alone lists them.
# Everything runs from .venv, which is made on first use from the hashed lock files.

PYTHON ?= python3
BIN := .venv/bin
LOCK := deploy/requirements-dev.lock
TOOLS_LOCK := deploy/requirements-tools.lock
UV_LOCK := uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.PHONY: help setup tools demo test test-quick test-kafka test-services test-faults faults coverage bench soak mutants check dashboards fmt lock

help: ## what there is to wish for
	@echo "usage: make WISH    (tests take pytest's arguments: make test-quick ARGS='-k replay -x')"
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 18

setup: .venv/.installed ## make .venv, or bring it up to date

# A changed lock starts from an empty environment, so that nothing unlocked lingers in it.
.venv/.locked: $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "foureyes needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.11 setup" >&2; exit 1; }
	@echo "Making .venv from $(LOCK) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement $(LOCK)
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml
	@$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@
	@echo "Ready: $(BIN)/foureyes"

tools: .venv-tools/.installed ## make .venv-tools: what looks at the Helm chart and the Dockerfile

.venv-tools/.installed: $(TOOLS_LOCK)
	@echo "Making .venv-tools from $(TOOLS_LOCK) ..."
	@$(PYTHON) -m venv --clear .venv-tools
	@.venv-tools/bin/python -m pip install --quiet --require-hashes --requirement $(TOOLS_LOCK)
	@touch $@

demo: setup ## a day at a made-up company, told in the terminal
	@$(BIN)/foureyes demo

test: setup tools ## all tests; says at the end what ran and what could not
	@$(BIN)/python tests/run_groups.py quick kafka faults services -- $(ARGS)

test-quick: setup ## the tests that need nothing but Python
	@$(BIN)/python tests/run_groups.py quick -- $(ARGS)

test-kafka: setup ## the tests against a real broker (JDK 17 or newer, Maven)
	@$(BIN)/python tests/run_groups.py kafka -- $(ARGS)

test-services: setup tools ## the tests against real Prometheus, Alertmanager, PostgreSQL, Chromium, and the chart in Helm
	@$(BIN)/python tests/run_groups.py services -- $(ARGS)

faults: setup ## make every fault as often as is promised, and end with a table (an hour)
	@FOUREYES_TEST_FAULTS=full $(BIN)/python tests/run_groups.py faults -- $(ARGS)

test-faults: setup ## a short draw of the faults
	@$(BIN)/python tests/run_groups.py faults -- $(ARGS)

coverage: setup ## the quick tests, and which branches they never took
	@$(BIN)/coverage run -m pytest -q -m "not kafka and not services and not faults" $(ARGS)
	@$(BIN)/coverage report

bench: setup ## what an event costs on this machine
	@$(BIN)/python -m tests.benchmarks $(ARGS)

soak: setup ## millions of events through the embedded host: does memory stay flat? (make soak EVENTS=1000000: some minutes)
	@nice -n 10 $(BIN)/python -m tests.benchmarks.soak $(EVENTS)

mutants: setup ## change the rules one place at a time: does a test notice? (an hour; ARGS=MODULE for one of them)
	@nice -n 15 $(BIN)/python -m tests.mutants $(ARGS)

check: setup ## lint, format, types, import rules, dependencies, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry .
	$(BIN)/codespell

fmt: setup ## format, and repair what lint can repair
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

dashboards: setup ## write Grafana's dashboards again from deploy/grafana/dashboards.py
	@$(BIN)/python deploy/grafana/dashboards.py

lock: ## choose the newest fitting versions again (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	$(UV_LOCK) --output-file deploy/requirements.lock
	$(UV_LOCK) --group dev --constraint deploy/requirements.lock --output-file $(LOCK)
	$(UV_LOCK:pyproject.toml=--group tools) --output-file $(TOOLS_LOCK)
