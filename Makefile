# Needs Python 3.11 or newer and a package index; everything else goes into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEV_EXTRAS := dev,testing,peers,cli,holidays,plot
BENCHMARKS := $(filter-out benchmarks/soak.py, $(sort $(wildcard benchmarks/[a-z]*.py)))

.PHONY: demo test lint types docs bench soak cover clean

demo: $(VENV)/base.stamp
	@$(BIN)/duetime demo

test: lint types cover
	$(BIN)/pytest --doctest-modules duetime tests --ignore=tests/engine
	$(BIN)/pytest tests/engine -m slow

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/dev.stamp
	$(BIN)/mypy --strict -p duetime
	$(BIN)/pyright

docs: $(VENV)/dev.stamp
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

bench: $(VENV)/dev.stamp
	@for script in $(BENCHMARKS); do echo "== $$script"; $(BIN)/python "$$script" || exit 1; done

# Takes ten minutes.
soak: $(VENV)/dev.stamp
	$(BIN)/python benchmarks/soak.py

# Runs tests/engine, which alone must reach every branch of the engine.
cover: $(VENV)/dev.stamp
	$(BIN)/pytest tests/engine -m 'not slow' --cov=engine --cov-report=term-missing --cov-fail-under=100

clean:
	rm -rf $(VENV) build dist docs/_build htmlcov .coverage
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "duetime needs Python 3.11 or newer; '$(PYTHON)' is not." >&2; \
		echo "Name one: make PYTHON=/path/to/python3.12" >&2; \
		exit 1; }
	@echo "Setting up $(VENV) (once)"
	@$(PYTHON) -m venv --clear $(VENV)

$(VENV)/base.stamp: pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml | $(BIN)/python
	@echo "Installing the development tools into $(VENV)"
	@$(BIN)/python -m pip install --quiet --editable '.[$(DEV_EXTRAS)]'
	@touch $(VENV)/base.stamp $@
