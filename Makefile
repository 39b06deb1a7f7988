# Everything that people and CI run. `make demo` and `make test` need Python >= 3.11, make and a package index.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
DEMO   := $(VENV)/demo
QUESTION_EN := How many kilograms of coffee do steel burrs stay sharp for?
QUESTION_ZH := 刹车皮磨到多少毫米时必须更换？
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Byte code is what makes start-up quick: write it even where the environment says not to.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install models demo test check crash server-crash server-fuzz fuzz bench oracle clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "== Installing ragsys and what it needs into $(VENV)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade "pip>=25.1"
	$(BIN)/python -m pip install -q -c constraints.txt torch
	$(BIN)/python -m pip install -q -c constraints.txt --group dev -e .
	touch $@

install: $(VENV)/.installed ## create .venv and install everything into it

models: install ## pull the two default models (checked by SHA-256)
	@echo "== Pulling the default embedder and generator"
	$(BIN)/ragsys models pull

demo: models ## index a small collection and ask it a question in English and one in Chinese
	@echo "== Indexing the sample collection (examples/collection)"
	$(BIN)/ragsys add examples/collection --index $(DEMO)
	@echo "== Asking in English"
	$(BIN)/ragsys ask "$(QUESTION_EN)" --index $(DEMO) --offline
	@echo "== Asking in Chinese"
	$(BIN)/ragsys ask "$(QUESTION_ZH)" --index $(DEMO) --offline
	@echo "== Your turn: $(BIN)/ragsys add YOUR_FOLDER, then $(BIN)/ragsys ask 'your question'"

test: models ## run every test
	$(BIN)/python -m pytest

check: install ## what must be clean before a commit: format, lint, types, import direction
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy bench/*.py scripts/*.py
	$(BIN)/lint-imports

crash: install ## 1,000 kills of a writer (about half an hour); result in bench/results/crash.json
	$(BIN)/python tests/crash/harness.py --kills 1000 --seed 1 --json bench/results/crash.json

server-crash: install ## 100 kills of a server at every stage (half an hour); result in bench/results/server_crash.json
	$(BIN)/python tests/crash/server_harness.py --kills 100 --seed 1 --json bench/results/server_crash.json

server-fuzz: install ## 10,000 requests, valid, invalid and bent, against the OpenAPI document; result in bench/results/server_fuzz.json
	$(BIN)/python tests/fuzz/server_fuzz.py --requests 11500 --seed 1 --json bench/results/server_fuzz.json

fuzz: install ## 20,000 bent files of every format (minutes); result in bench/results/fuzz.json
	PYTHONPATH=tests/support $(BIN)/python tests/fuzz/fuzzing.py --files 20000 --seed 1 --json bench/results/fuzz.json

bench: models ## every figure of the README; results in bench/results (RAGSYS_DATA names the data sets)
	$(BIN)/python bench/ingest.py
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/overhead.py
	$(BIN)/python bench/memory.py
	$(BIN)/python bench/retrieval.py
	$(BIN)/python bench/generators.py
	$(BIN)/python bench/summaries.py
	$(BIN)/python bench/generation.py
	$(BIN)/python bench/attacks.py
	$(BIN)/python bench/fill.py
	$(BIN)/python bench/hostile.py
	$(BIN)/python bench/outcomes.py
	$(BIN)/python bench/sync.py
	$(BIN)/python bench/server.py --passages 10000 100000
	$(BIN)/python bench/table.py

oracle: install ## 50,000 random searches with filters and principals against brute force, exact and approximate
	RAGSYS_ORACLE_CASES=50000 $(BIN)/python -m pytest -q tests/oracle/test_access.py

clean: ## remove the virtual environment and every cache
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
