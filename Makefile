# Everything a fresh machine needs is Python 3.11+, make and the package index.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8501
BIN := $(VENV)/bin

.PHONY: app test bench models models-adopt lint demo clean help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(VENV)/.app: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name it with make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.app
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

app: $(VENV)/.app  ## set up and open the app
	$(BIN)/python -m streamlit run streamlit_app.py --server.port $(PORT)

test: $(VENV)/.dev  ## set up and run all tests
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

lint: $(VENV)/.dev  ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(VENV)/.dev  ## measure speed and memory, as a table and as JSON
	$(BIN)/python -m benchmarks $(ARGS)

models: $(VENV)/.app  ## retrain everything that ships into build/ (goes on after a stop) and compare with what ships
	$(BIN)/python -m ser_core train --shipped --out build
	$(BIN)/python -m ser_core results --runs build/runs --against data/runs

models-adopt:  ## put what `make models` trained in the place of what ships
	mkdir -p data/runs models
	cp -R build/runs/. data/runs/
	cp -R build/models/. models/
	rm -f data/runs/*.lock

demo: $(VENV)/.dev  ## make the synthetic demo corpus again (needs espeak-ng)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r scripts/requirements-demo.txt
	$(BIN)/python scripts/make_demo_corpus.py

clean:  ## remove the environment and what tools left behind
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis build
