# Needs only make and Python 3.11 or newer; everything else goes into .venv.
#   make demo    read a bundled messy report        make test    all tests
#   make check   lint, types, import directions     make bench   speed        make fuzz   20,000 damaged inputs of each sort
#   make mutants 5,500 damaged copies of known reports                        make planted  planted errors, speed of checking
#   make kills   a batch that is killed 20 times

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
EXTRAS ?= dev
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test check bench planted mutants kills fuzz clean

demo: $(VENV)/.runtime
	@$(BIN)/nianbao demo

test: $(VENV)/.dev
	@$(BIN)/python -m pytest -n auto --ignore tests/browser
	@$(BIN)/python -m pytest -n auto tests/browser  # in processes of its own: a driven browser keeps an event loop running

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/.dev
	@$(BIN)/python bench/reading.py

planted: $(VENV)/.dev
	@$(BIN)/python bench/checking.py
	@$(BIN)/python bench/planted.py 400 1

mutants: $(VENV)/.dev
	@NIANBAO_MUTANTS=5500 $(BIN)/python -m pytest -s tests/test_mutants.py

kills: $(VENV)/.dev
	@NIANBAO_KILLS=20 $(BIN)/python -m pytest tests/test_batch_survival.py -k sigkill

fuzz: $(VENV)/.dev
	@NIANBAO_FUZZ=20000 $(BIN)/python -m pytest tests/test_fuzz.py tests/test_fuzz_files.py

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache

$(VENV)/.runtime: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "nianbao needs Python 3.11 or newer, and none was found; install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) could not make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "setting up $(VENV), once" >&2
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@$(PIP) --editable '.[$(EXTRAS)]'
	@touch $@
