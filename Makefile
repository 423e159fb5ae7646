# The front door. `make` alone lists what there is. Needs Python 3.11 to 3.13 with venv, and make; everything else is fetched by `make setup`.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := bash
.SHELLFLAGS := -e -o pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
DROPS ?= examples/county
DATA ?= data
TRUTH ?=
# Processes that share the tests, a file of them at a time: one a processor, each with servers of its own.
TESTERS ?= logical --maxprocesses 4

# Set in some shells; without bytecode every airflow command costs three times as much.
unexport PYTHONDONTWRITEBYTECODE
# Ours before whatever else is installed: `connectors` and `transforms` are also names on PyPI.
export PYTHONPATH := $(CURDIR)
export UV_PYTHON_DOWNLOADS := never

PY := .venv/bin/python
UV := .venv/bin/uv
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-warn-script-location
LOCKS := requirements/bootstrap.lock requirements/dev.lock
# Named by what it was made from, so that a second make has nothing to do and a new lock or a moved checkout has.
READY := .venv/ready-$(shell { pwd; cat $(LOCKS) pyproject.toml; } | cksum | tr ' ' '-')

# Exit code 1: a delivery was set aside for its department. That is said, and no failure of ours.
SET_ASIDE = [ $$? -eq 1 ]
SETTINGS = HUILIAN_DATA="$(DATA)" HUILIAN_INBOX="$(DROPS)"

.PHONY: help
help: ## this list
	@printf '%s\n\n' 'Huilian: from departmental deliveries to leads a person verifies'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-22s %s\n", $$1, $$2}'
	@printf '\n%s\n' 'Variables: DROPS=$(DROPS) (deliveries)  DATA=$(DATA) (everything Huilian keeps)  TRUTH=<folder>  PYTHON=$(PYTHON)'

.PHONY: setup
setup: $(READY) ## install everything into .venv from the lock files (other targets do it when needed)

# Talk goes to stderr: `make -s warehouse-url` is read by programs.
$(READY):
	@exec >&2; \
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || { \
	  echo "$(PYTHON) is not Python 3.11 to 3.13"; echo "  next: make PYTHON=/path/to/python3.11"; exit 1; }; \
	start=$$(date +%s); rm -f .venv/ready-*; \
	echo "setup 1/4  virtual environment in .venv ($$($(PYTHON) -V))"; \
	$(PYTHON) -m venv .venv || { echo "  next: install Python's venv module (Debian: apt-get install python3-venv)"; exit 1; }; \
	echo "setup 2/4  the packages of requirements/dev.lock, each checked against its hash: 1 GB, minutes the first time"; \
	if $(PIP) --require-hashes -r requirements/bootstrap.lock; then \
	  $(UV) pip install --python $(PY) --require-hashes --compile-bytecode -r requirements/dev.lock 2>&1 | sed '/^ [+~-] /d'; \
	else \
	  echo "           uv can't be had here; pip does the same, slower"; \
	  $(PIP) --require-hashes -r requirements/dev.lock; \
	fi; \
	echo "setup 3/4  the project itself: the command .venv/bin/huilian"; \
	$(PIP) --no-index --no-deps --no-build-isolation --editable .; \
	echo "setup 4/4  machine code for this computer: up to a minute or two, seconds where it is there already"; \
	$(PY) -m pipeline.warm; \
	touch $(READY); \
	echo "setup      done in $$(( $$(date +%s) - start )) s"

.PHONY: demo
demo: $(READY) ## two months of twenty feeds through Airflow into a warehouse, and a report to look at
	@$(SETTINGS) $(PY) -m pipeline.airflow demo || $(SET_ASIDE)

.PHONY: up
up: $(READY) ## Airflow's web page over DATA, on this machine only, until Ctrl-C
	@$(SETTINGS) $(PY) -m pipeline.airflow up

.PHONY: feed
feed: $(READY) ## one feed's DAG in one process: make feed FEED=gongan_hukou MONTH=2026-10
	@$(SETTINGS) $(PY) -m pipeline.airflow try "$(FEED)" --month "$(MONTH)"

.PHONY: run
run: $(READY) ## the same work without a scheduler
	@$(SETTINGS) $(PY) -m pipeline.cli run || $(SET_ASIDE)

.PHONY: score
score: $(READY) ## how right DATA is, against TRUTH=<folder with records.csv and findings.csv>
	@test -n "$(TRUTH)" || { echo "make score needs TRUTH=<folder with records.csv, findings.csv, people.csv>"; exit 2; }
	@$(PY) -m benchmarks.score --truth "$(TRUTH)" --url "$$($(SETTINGS) $(PY) -m pipeline.cli warehouse url)"

.PHONY: warehouse-url
warehouse-url: $(READY) ## the connection string of the warehouse under DATA, started if need be
	@$(SETTINGS) $(PY) -m pipeline.cli warehouse url

.PHONY: lint
lint: $(READY) ## ruff, formatting, types, who may import whom
	@echo "lint 1/4   ruff"; $(PY) -m ruff check --quiet .
	@echo "lint 2/4   formatting"; $(PY) -m ruff format --check --quiet .
	@echo "lint 3/4   types (mypy strict)"; $(PY) -m mypy
	@echo "lint 4/4   who may import whom"; out=$$(.venv/bin/lint-imports 2>&1) || { echo "$$out"; exit 1; }

.PHONY: test
test: lint ## lint, then every test
	@echo "tests      minutes, whole runs among them; the closing line says how many and how long"
	@$(PY) -m pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder --durations=5
	@printf '%s\n' '' 'Next: make demo, then open the report it names; docs/ says how to add a department.'

.PHONY: lock
lock: $(READY) ## resolve the lock files again from pyproject.toml
	@$(UV) pip compile --quiet $(LOCKING) requirements/bootstrap.in -o requirements/bootstrap.lock
	@$(UV) pip compile --quiet $(LOCKING) --extra dev pyproject.toml requirements/build.in -o requirements/dev.lock
	@git diff --stat -- requirements
# One resolution for every platform and Python we allow; no addresses, no paths, no comments in the file.
LOCKING = --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header

.PHONY: clean
clean: ## remove .venv and caches; DATA is never touched
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './data/*' -prune -exec rm -rf {} +
