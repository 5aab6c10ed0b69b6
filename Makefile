# The verbs of navlog; `make` alone lists them. A second run of any verb installs nothing.
PYTHON ?= python3.11
BIN := .venv/bin
INSTALLED := .venv/installed
BENCHMARKS := $(patsubst benchmarks/%.py,%,$(filter-out benchmarks/_%,$(wildcard benchmarks/*.py))) \
              $(patsubst benchmarks/%/__main__.py,%,$(wildcard benchmarks/*/__main__.py))
ROOMS := $(patsubst %/__init__.py,%,$(filter-out tests/%,$(wildcard */__init__.py)))

# Certificates of the system, so that uv trusts what pip trusts; no other install setting is stated here.
export UV_SYSTEM_CERTS ?= 1
# None of the tools reports home.
export DO_NOT_TRACK ?= 1

.DEFAULT_GOAL := help
.PHONY: help install demo test check prove mutants bench clean

help: ## list these verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## make .venv and install the locked packages into it

demo: $(INSTALLED) ## simulate a market, run the whole pipeline, show the figures
	@$(BIN)/navlog demo

# A worker that crashes ends the run as failed: xdist 3.8 may wait for ever for the one that replaces it.
test: $(INSTALLED) ## run the tests
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --max-worker-restart 0

check: $(INSTALLED) ## lint, format, types, imports and SQL
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(ROOMS)
	$(BIN)/lint-imports
	$(if $(wildcard dbt/models/*/*.sql),$(BIN)/sqlfluff lint --disable-progress-bar dbt/models)

prove: $(INSTALLED) ## compare N random histories with full rebuilds and the slow ledger: make prove N=100000
	@$(BIN)/python -m pytest -m proof --timeout 0 $(if $(N),--histories $(N))

mutants: $(INSTALLED) ## put seeded bugs into a copy, one at a time: the tests must catch each (long)
	@$(BIN)/python -m tests.mutants $(NAMES)

bench: $(INSTALLED) ## measure speed and memory, one benchmark after the other
	@set -e; for benchmark in $(BENCHMARKS); do echo "== $$benchmark"; $(BIN)/python -m benchmarks.$$benchmark; done

clean: ## remove .venv and everything built; data/ is yours and stays
	@rm -rf .venv build dist *.egg-info dbt/target dbt/logs dbt/dbt_packages logs
	@rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -not -path './data/*' -prune -exec rm -rf {} +
	@echo "Removed .venv and build output. Your data/ folder is untouched; delete it yourself if you mean to."

# Installed again when the lock, the project's definition or the set of its packages changes. Compiled at once, or each
# process would compile the thousands of files of dbt and Great Expectations where Python may write no bytecode.
$(INSTALLED): requirements.lock pyproject.toml $(wildcard */__init__.py)
	@command -v $(PYTHON) >/dev/null || { echo "navlog needs Python 3.11; say where it is: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || { echo "Making .venv with $$($(PYTHON) --version) ..."; $(PYTHON) -m venv .venv; }
	@echo "Installing $$(grep -c '==.* \\$$' requirements.lock) locked packages into .venv (about a minute the first time) ..."
	@awk '/^[^ ]/ {wanted = /^uv==/} wanted' requirements.lock | \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r /dev/stdin
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "Installed. The command is $(BIN)/navlog."
