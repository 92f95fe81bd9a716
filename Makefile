# The two commands are `make run` and `make test`; `make help` lists the rest.
# Written for any make from 3.81 on (the one that macOS ships).

SHELL = /bin/sh
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN = .venv/bin
PIP = $(BIN)/python -m pip --quiet --disable-pip-version-check
LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-header --extra pg --extra pdf --group build
# How many processes share the tests; more than the machine has cores makes them slower.
WORKERS ?= 2
CATALOGS = $(wildcard translations/*/LC_MESSAGES/*.po)

# A target name followed by "##" and a text is listed here.
.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

.PHONY: run
run: .venv/ready-run .venv/ready-catalogs ## Set everything up and serve the demonstration on http://127.0.0.1:8000
	@exec $(BIN)/portal run

.PHONY: test
test: .venv/ready-test .venv/ready-catalogs ## Run all tests (narrow them with TESTS="tests/rules -k slots")
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

.PHONY: lint
lint: .venv/ready-lint ## Check style, types, imports, templates and catalogs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --lint --quiet portal
	$(BIN)/portal catalogs check

# The seed stands in the line that make prints; SEED=… goes the same ways again.
SEED ?= $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')

.PHONY: fuzz
fuzz: .venv/ready-test .venv/ready-catalogs ## Let the property tests explore from a new seed (SEED=…)
	$(BIN)/pytest --hypothesis-profile fuzz --hypothesis-seed $(SEED) -m hypothesis \
		tests/rules tests/features $(wildcard tests/fuzz)

.PHONY: bench
bench: .venv/ready-test .venv/ready-catalogs ## Measure against bare floors (narrow it with BENCH="booking-confirm")
	$(BIN)/python -m tests.bench $(BENCH)

.PHONY: catalogs
catalogs: .venv/ready-run ## Bring the catalogs up to the source, and compile them
	$(BIN)/portal catalogs update
	$(BIN)/portal catalogs compile

.PHONY: lock
lock: .venv/ready-run ## Choose and write down the versions of all packages anew
	$(PIP) install "$$(sed -n 's/^lock = \["\(.*\)"\]/\1/p' pyproject.toml)"
	$(LOCK) --upgrade --group test --group lint --output-file requirements/lint.txt
	$(LOCK) --group test --constraints requirements/lint.txt --output-file requirements/test.txt
	$(LOCK) --constraints requirements/lint.txt --output-file requirements/run.txt

.PHONY: clean
clean: ## Remove what was built and installed here; data in var/ stay
	rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist
	rm -f translations/*/LC_MESSAGES/*.mo
	find portal tests migrations -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none was found." >&2; exit 1; }
	$(PYTHON) -m venv .venv

# Each stamp holds until its lock changes. The checkout itself is installed last, as links.
.venv/ready-run: requirements/run.txt pyproject.toml | .venv/bin/python
	$(PIP) install --require-hashes --requirement requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/ready-test: requirements/test.txt .venv/ready-run
	$(PIP) install --require-hashes --requirement requirements/test.txt
	@touch $@

.venv/ready-lint: requirements/lint.txt .venv/ready-run
	$(PIP) install --require-hashes --requirement requirements/lint.txt
	@touch $@

.venv/ready-catalogs: $(CATALOGS) .venv/ready-run
	$(BIN)/python -m portal.web.catalogs_cli compile
	@touch $@
