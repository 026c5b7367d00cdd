.DEFAULT_GOAL := help
.PHONY: help install run demo pages test clients check docs image schema bench faults lock clean

SAY ?= What can you do?
# Through the environment and unexpanded: no character of it is make's or the shell's.
override export SAY := $(value SAY)

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## Make .venv and install the hash-locked requirements (needs Python 3.11+; PYTHON=… chooses one)
	@scripts/install

run: install ## Start the server on 127.0.0.1:8000 with SQLite under ./data and the demo model
	@scripts/pages || echo "The pages could not be built. The API needs none; make pages tries again." >&2
	@exec .venv/bin/gql-chat serve

demo: install ## Send a message and watch the reply grow (SAY="…" is what)
	@exec .venv/bin/gql-chat demo "$$SAY"

test: ## Install what tests need, run every check and every test with coverage
	@scripts/test

pages: install ## Build the chat page, the admin's page and GraphiQL (make run does it by itself)
	@scripts/pages

clients: ## Build and test the TypeScript packages of clients/ against a real server (after make test)
	@scripts/test-clients

check: ## Check format, lint, types, imports, the published schema and what deploys, without tests
	@scripts/install --dev
	@scripts/check
	@scripts/check-deploy

docs: ## Build the documentation site into build/site (python -m http.server --directory build/site shows it)
	@scripts/install --dev
	@scripts/docs

image: ## Try the Dockerfile without Docker, on a bare Debian tree (needs root; two minutes)
	@scripts/check-image

schema: install ## Write schema/schema.graphql from the code
	@scripts/schema

bench: ## Measure the costs beside graphql-yoga, a naive server and a bare pass-through (Linux, 5 minutes)
	@scripts/install --dev
	@scripts/install-npm bench/peers/yoga
	@scripts/bench

faults: ## Break every part in turn while replies are being written, and print the outcome (Linux, 3 minutes)
	@scripts/install --dev
	@scripts/faults

lock: ## Pin the requirements anew from pyproject.toml (needs uv)
	@scripts/lock

clean: ## Remove what tools left behind; .venv and data stay
	rm -rf build dist *.egg-info .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -not -path './.venv/*' -not -path '*/node_modules/*' -prune -exec rm -rf {} +
