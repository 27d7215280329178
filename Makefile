# The commands of Stafet.  `make run` and `make test` need only Python 3.11+ (with venv and pip), make and git.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The machine's Node where it is new enough, else the one that PyPI carries.
FRONT := $(wildcard web/src/* web/src/*/* web/*.mjs web/licences/* tools/layout/*.mjs web/package.json web/package-lock.json)

.PHONY: help run test lint scan audit sbom bench docs soak words lock clean
help:  ## Say what there is
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

.venv/made:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Stafet needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/run: .venv/made requirements/run.txt pyproject.toml
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/test: .venv/run requirements/test.txt
	$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@

.venv/lint: .venv/run requirements/lint.txt
	$(PIP) install --require-hashes -r requirements/lint.txt
	@touch $@

# The scanners ask for other versions of what Stafet runs on, so they live beside it.
.venv/audit/made: .venv/made requirements/audit.txt
	$(PYTHON) -m venv .venv/audit
	.venv/audit/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/audit.txt
	@touch $@

.venv/node: .venv/run requirements/front.txt
	@if node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null && npm --version >/dev/null 2>&1; then \
	  echo "Node $$(node --version) of this machine"; \
	else $(PIP) install --require-hashes -r requirements/front.txt && echo "Node $$($(BIN)/node --version) from PyPI"; fi
	@touch $@

web/static/dist/manifest.json: .venv/node $(FRONT)
	cd web && export PATH="$$PATH:$(CURDIR)/$(BIN)" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm run --silent build

web/translations/en/LC_MESSAGES/messages.mo: .venv/run $(wildcard web/translations/*/LC_MESSAGES/*.po)
	$(BIN)/pybabel --quiet compile -d web/translations --use-fuzzy
	@touch $@

.PHONY: built
built: .venv/run web/static/dist/manifest.json web/translations/en/LC_MESSAGES/messages.mo

run: built  ## Install what is missing, add demo data to a new database and serve on http://127.0.0.1:$(PORT)
	PORT=$(PORT) $(BIN)/stafet serve --demo

tools/layout/node_modules/made: .venv/node tools/layout/package-lock.json
	cd tools/layout && export PATH="$$PATH:$(CURDIR)/$(BIN)" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

tests/oidc/provider/node_modules/made: .venv/node tests/oidc/provider/package-lock.json
	cd tests/oidc/provider && export PATH="$$PATH:$(CURDIR)/$(BIN)" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

test: built .venv/test .venv/lint .venv/audit/made .venv/api/made tools/layout/node_modules/made tests/oidc/provider/node_modules/made  ## Install what tests need and run the suite
	@docker/chromium.sh
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports --no-cache --config pyproject.toml >/dev/null || $(BIN)/lint-imports --no-cache --config pyproject.toml
	$(BIN)/mypy --no-error-summary
	$(BIN)/python -m tools.supply.scan
	PATH="$$PATH:$(CURDIR)/$(BIN)" $(BIN)/pytest -n $${TEST_WORKERS:-2} --dist loadgroup

tools/feelin/node_modules/made: .venv/node tools/feelin/package-lock.json
	cd tools/feelin && export PATH="$$PATH:$(CURDIR)/$(BIN)" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

soak: built .venv/test .venv/api/made tools/feelin/node_modules/made  ## The long forms: thousands of random diagrams, every crash point, ten thousand calls
	PATH="$$PATH:$(CURDIR)/$(BIN)" STAFET_SOAK=1 $(BIN)/pytest -m "soak or not soak" tests/property tests/crash tests/http tests/corpus tests/lint tests/api/test_schemathesis.py \
	  tests/attack/test_designers_text.py tests/attack/test_pages_fuzz.py

lint: built .venv/lint tools/layout/node_modules/made  ## Style, types, walls, diagrams
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/stafet lint processes
	export PATH="$$PATH:$(CURDIR)/$(BIN)" && node tools/layout/layout.mjs --check processes/*/*/*.bpmn && node tools/layout/check.mjs processes/*/*/*.bpmn

.venv/api/made: .venv/made requirements/api.txt
	$(PYTHON) -m venv .venv/api
	.venv/api/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/api.txt
	@touch $@

scan: .venv/run .venv/audit/made  ## Bandit, and semgrep with our own rules (tools/semgrep/), over what is delivered
	$(BIN)/python -m tools.supply.scan

audit: .venv/run .venv/audit/made .venv/node  ## Ask PyPI and npm for known weaknesses of what is locked; what was not looked up fails
	PATH="$$PATH:$(CURDIR)/$(BIN)" $(BIN)/python -m tools.supply.advisories

sbom: .venv/run .venv/audit/made  ## The bill of materials (CycloneDX) of what is locked: sbom/stafet.cdx.json
	.venv/audit/bin/python -m tools.supply.bill

bench: built  ## Every benchmark, each with its baseline in the same run
	@for name in $$($(BIN)/stafet bench --list); do $(BIN)/stafet bench $$name || exit 1; done

docs: built .venv/test tools/layout/node_modules/made  ## Draw the diagrams and the pages' pictures again, and what carries each clause
	$(BIN)/stafet coverage --page > docs/coverage.md
	$(BIN)/stafet coverage --pathways docs/pathways
	$(BIN)/python -m tests.browser.diagrams && $(BIN)/python -m tests.browser.pictures

words: .venv/run  ## Gather what is said into the catalogues; then translate what is new
	$(BIN)/python -m web.catalogue

lock: .venv/made  ## Lock the dependencies again, with hashes
	$(PIP) install uv
	$(BIN)/uv pip compile --upgrade --universal --generate-hashes --quiet --no-emit-index-url --custom-compile-command "make lock" pyproject.toml --group build -o requirements/run.txt
	for group in test lint front; do $(BIN)/uv pip compile --upgrade --universal --generate-hashes --quiet --no-emit-index-url --custom-compile-command "make lock" -c requirements/run.txt --group $$group -o requirements/$$group.txt || exit 1; done
	$(BIN)/uv pip compile --upgrade --universal --generate-hashes --quiet --no-emit-index-url --custom-compile-command "make lock" --group audit -o requirements/audit.txt
	$(BIN)/uv pip compile --upgrade --universal --generate-hashes --quiet --no-emit-index-url --custom-compile-command "make lock" --group api -o requirements/api.txt

clean:  ## Take away what was built (the data under var/ stay)
	rm -rf .venv sbom web/node_modules web/static/dist tools/layout/node_modules tools/feelin/node_modules tests/oidc/provider/node_modules
