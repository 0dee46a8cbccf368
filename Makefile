# make run · make test: a newcomer's two commands. Needs Python 3.11 or newer, and nothing else.
PYTHON ?= python3
PIP_FLAGS ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test test-others test-thorough test-long lint bench simulate simulate-mutants chaos learning-proof liar-proof picture lock clean

run: $(READY)
	@$(BIN)/kraken-tui --demo $(ARGS)

# The 2,000 schedules see no real time: they run beside the others, on what those leave idle.
test: $(READY)
	@$(MAKE) --no-print-directory -j 2 test-others test-long

test-others: $(READY)
	$(BIN)/pytest -n 3 -m "not serial and not long and not thorough"
	$(BIN)/pytest -m serial

# Every property with more examples, and what takes long: recordings through the whole engine, kill -9 at any moment.
test-thorough: $(READY)
	HYPOTHESIS_PROFILE=thorough $(BIN)/pytest -n 3 -m "not serial and not long"

test-long: $(READY)
	nice -n 19 $(BIN)/pytest -m long

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m benchmarks

# SEEDS schedules of the whole engine under each hold policy, on all cores: faults, crashes, invariants.
SEEDS ?= 2000
simulate: $(READY)
	$(BIN)/kraken-tui simulate --seeds $(SEEDS) $(ARGS)

# kill -9 of the real engine, 110 times, while it trades a sandbox; about twelve minutes.
chaos: $(READY)
	$(BIN)/python -m chaos $(ARGS)

# Does it learn? A few minutes on one core; ends with 1 where a pass line is missed.
learning-proof: $(READY)
	$(BIN)/python -m benchmarks.learning $(ARGS)

# A model that lies, before a whole engine and a real screen: every claim in every place; half an hour of one core.
liar-proof: $(READY)
	$(BIN)/python -m tests.lies $(ARGS)

# Every broken engine must be found.
simulate-mutants: $(READY)
	$(BIN)/python -m tests.simulation.mutants $(ARGS)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "kraken-tui needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@echo "Preparing $(VENV), once: it takes a minute or two ..."
	@$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -qq $(PIP_FLAGS) --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check -qq --no-deps --no-build-isolation -e .
	@touch $@

# The pictures in the README, from the demo market.
picture: $(READY)
	$(BIN)/python docs/picture.py

# Rewrites requirements.lock: exact versions and hashes for every Python from 3.11 on, no index address.
lock:
	uv pip compile pyproject.toml --group dev --group build --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .hypothesis .import_linter_cache
