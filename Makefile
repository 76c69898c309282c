# Every command a newcomer needs. `make chat` and `make test` set up what is missing first.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
export RASA_TELEMETRY_ENABLED = false

.PHONY: help setup model chat bot test evaluate bench bench-prompts chaos lint check audit lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(UV): requirements-uv.lock
	@echo "[1/3] Making the bot's environment (.venv) ..."
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $(UV)

.venv/.installed: $(UV) requirements-dev.lock pyproject.toml
	@echo "[2/3] Installing the bot ..."
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip install --quiet --no-deps --require-hashes -r requirements-dev.lock
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

nlu/.venv/.installed: .venv/.installed nlu/requirements.lock
	@echo "[3/3] Making the NLU server's environment (nlu/.venv, 2.6 GB) ..."
	@cd nlu && ../$(UV) venv --quiet --allow-existing --python 3.10 .venv || \
	  { echo "uv found no Python 3.10 and could not download one. Install it (pyenv, your package manager) and try again."; exit 1; }
	@VIRTUAL_ENV=$(CURDIR)/nlu/.venv $(UV) pip sync --quiet --require-hashes nlu/requirements.lock
	@touch $@

setup: .venv/.installed nlu/.venv/.installed ## Create both environments from the locks

model: setup ## Train the model where its data or configuration changed
	@$(BIN)/hearts train

chat: setup ## Talk to the bot here in the terminal
	@$(BIN)/hearts chat

bot: setup ## Run in Telegram (needs TELEGRAM_BOT_TOKEN)
	@$(BIN)/hearts run

test: model ## All tests, with the real NLU server
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

evaluate: model ## Measure the model on held-out messages: reports/nlu/ (EVALUATE_ARGS=--no-baselines is faster)
	@$(BIN)/hearts evaluate $(EVALUATE_ARGS)

lint: setup ## Format, lint and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

check: setup ## Check content, helplines and examples
	@$(BIN)/hearts check

audit: setup ## Known vulnerabilities in both locks (asks PyPI)
	@$(BIN)/python -m bot.audit

bench: model ## Measure speed, with Rasa's own full stack beside it (BENCH_ARGS=--help)
	@$(BIN)/python -m benchmarks.bench $(BENCH_ARGS)

chaos: model ## Break everything while people talk, at length (CHAOS_ARGS=--help)
	@$(BIN)/python -m tests.chaos $(CHAOS_ARGS)

bench-prompts: setup ## What the schedule costs with a million users (PostgreSQL too where TEST_POSTGRES_URL is set)
	@$(BIN)/python -m benchmarks.prompts

lock: $(UV) ## Resolve the locks anew
	@for extra in "" "--extra dev"; do \
	  $(UV) pip compile pyproject.toml $$extra --universal --generate-hashes --no-header --no-emit-index-url --quiet \
	    -o requirements$${extra:+-dev}.lock; done
	@cd nlu && ../$(UV) pip compile pyproject.toml --universal --generate-hashes --no-header --no-emit-index-url --quiet \
	  --python-version 3.10 -o requirements.lock

clean: ## Remove both environments
	@rm -rf .venv nlu/.venv
