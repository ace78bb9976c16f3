# Every target sets up what it needs: an environment in .venv with the locked dependencies.
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
READY := .venv/.ready

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

$(READY): pyproject.toml uv.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv sync --quiet --frozen --compile-bytecode
	@touch $@

run: $(READY) ## the daemon on SQLite, web page at http://127.0.0.1:8080
	@test -f doingoai.toml || $(BIN)/doingoai init
	$(BIN)/doingoai run

test: $(READY) ## every test
	$(BIN)/pytest -n 2 $(ARGS)

check: $(READY) ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

demo: $(READY) ## the whole trip on stand-in portals, no network needed
	$(BIN)/doingoai demo

bench: $(READY) ## speed, as ratios against peers in one run
	$(BIN)/python tests/bench/bench.py $(ARGS)

.PHONY: help run test check demo bench
.DEFAULT_GOAL := help
