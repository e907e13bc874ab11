# `make` lists what one can do here. Only python3 (3.11 or newer), python3-venv and make are needed beforehand.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help run test coverage soak bench lint format shell seed migration translations lock clean setup setup-dev catalogues

.NOTPARALLEL:

PY := .venv/bin/python
WORKERS ?= auto
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard app/translations/*/LC_MESSAGES/*.po))
export FLASK_APP := wsgi
export PORT HOST DATA_DIR PYTHON

help: ## List what one can do here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup catalogues ## Serve the demo at http://127.0.0.1:5000 (PORT=, HOST=, DATA_DIR=), Ctrl-C ends it
	@bin/run

test: setup-dev catalogues ## Run all tests on SQLite and PostgreSQL (T="tests/core -x" runs a part, WORKERS=0 in one process)
	@$(PY) -m pytest -n $(WORKERS) --maxprocesses 8 $(T)

coverage: setup-dev catalogues ## Run all tests and show which lines none of them reached
	@$(PY) -m pytest -n $(WORKERS) --maxprocesses 8 --cov --cov-report term $(T)

soak: setup-dev catalogues ## Random histories of guests, money and trouble for as long as you like: make soak MINUTES=60
	@SOAK_MINUTES=$(or $(MINUTES),60) $(PY) -m pytest -n $(WORKERS) --maxprocesses 8 -o faulthandler_timeout=0 \
		tests/properties/test_trips.py tests/properties/test_bookings.py $(T)

bench: setup-dev catalogues ## Measure how fast it is, beside raw SQL (B=search runs a part, SIZES=750,10000,100000, DATABASES=sqlite)
	@$(PY) -m bench $(B)

lint: setup-dev ## Check style, types, templates and the direction of imports
	@bad=0; \
	$(PY) -m ruff check --quiet . || bad=1; \
	$(PY) -m ruff format --check --quiet . || { echo "Some files are not formatted: make format"; bad=1; }; \
	$(PY) -m mypy || bad=1; \
	$(PY) -m djlint --lint --quiet app/templates || bad=1; \
	.venv/bin/lint-imports --no-logo || bad=1; \
	exit $$bad

format: setup-dev ## Format the code and mend what can be mended by itself
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

shell: setup ## Open a Python shell inside the app
	@$(PY) -m flask shell

seed: setup ## Bring the demo season up to today in the local database
	@$(PY) -m flask db upgrade
	@$(PY) -m flask seed demo

migration: setup-dev ## Write the next migration from the models: make migration M="what changes"
	@test -n "$(M)" || { echo 'Say what changes: make migration M="homestays know their altitude"'; exit 1; }
	@$(PY) -m flask db upgrade
	@$(PY) -m flask db revision "$(M)"

translations: setup-dev ## Collect the texts of code and templates into the Indonesian catalogue, to be translated there
	@$(PY) -m babel.messages.frontend -q extract -F pyproject.toml -k _l -k lazy_gettext -k lazy_ngettext:1,2 \
		--add-location=file --sort-by-file --width 120 --project "Sambang Desa" -o messages.pot .
	@$(PY) -m babel.messages.frontend -q update -i messages.pot -d app/translations -l id --width 120 \
		--ignore-pot-creation-date --ignore-obsolete --no-fuzzy-matching --init-missing
	@rm -f messages.pot

lock: setup-dev ## Pin the requirements anew, with hashes; U="--upgrade" takes newer versions
	@for name in requirements-build requirements requirements-dev; do \
		.venv/bin/uv pip compile --quiet --universal --no-strip-extras --generate-hashes --python-version 3.11 \
			--no-emit-index-url --no-header $(U) $$name.in -o $$name.txt || exit 1; done

clean: ## Remove what was made here: libraries, caches, compiled texts; the demo's data stays
	@rm -rf .venv .setup.lock .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis htmlcov .coverage*
	@find app tests -name __pycache__ -type d -prune -exec rm -rf {} +
	@rm -f $(CATALOGUES)

setup:
	@bin/setup run

setup-dev:
	@bin/setup dev

catalogues: $(CATALOGUES)

%.mo: %.po
	@$(PY) -m babel.messages.frontend -q compile -i $< -o $@
