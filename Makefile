# Hiremesh: every task of the project. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3.11
UV_VERSION := 0.13.8
BIN := .venv/bin
WORKSPACE := libs/contracts libs/meshkit libs/edgeconfig libs/taxonomy libs/localmesh services/gateway services/parser services/inference services/matching services/auth clients/cli
IMAGES := gateway parser inference matching auth

.PHONY: help
help:  ## List the targets
	@grep -hE '^[a-z][a-z0-9-]*:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

# ---------------------------------------------------------------- set-up

.PHONY: setup
setup: .venv/.ready  ## Create .venv with everything pinned by hash

.venv/.ready: requirements/dev.lock $(WORKSPACE:%=%/pyproject.toml)
	@echo "==> Python environment in .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -c 'import importlib.metadata as m, sys; sys.exit(m.version("uv") != "$(UV_VERSION)")' 2>/dev/null \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "==> Packages, pinned by hash (requirements/dev.lock)"
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --require-hashes -r requirements/dev.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps $(WORKSPACE:%=-e %)
	@touch $@

.PHONY: lock
lock:  ## Resolve again and write requirements/*.lock (hashes, no index addresses)
	$(BIN)/uv lock --quiet
	for name in $(IMAGES); do \
		$(BIN)/uv export --quiet --package hiremesh-$$name --no-default-groups --no-emit-workspace --no-header --no-annotate --format requirements.txt -o requirements/$$name.lock > /dev/null; \
	done
	$(BIN)/uv export --quiet --all-packages --all-extras --group dev --no-emit-workspace --no-header --no-annotate --format requirements.txt -o requirements/dev.lock > /dev/null
