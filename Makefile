# The two that matter: `make run` and `make test`. Each sets up first what is missing (packaging/setup.sh).
BIN := .venv/bin

.PHONY: help setup run test lint types imports unit wheel-test app test-x test-oracle test-proofs monkey bench bench-ui bench-start \
	shots docs clean
.DEFAULT_GOAL := help

help:        ## show this list
	@sed -n 's/^\([a-z-]*\): *[a-z -]*## /\1\t/p' Makefile | expand -t 14

setup:       ## make .venv with everything (does nothing when nothing changed)
	@sh packaging/setup.sh

run: setup   ## open the window; where there is no screen, draw, step and train the examples into out/
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] && sh packaging/setup.sh screen; then \
		exec $(BIN)/nnviz window; else exec $(BIN)/nnviz demo -o out; fi

test: lint types imports wheel-test unit  ## pass every check

lint: setup  ## style of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(BIN)/mypy

imports: setup ## the floors of the house, and dependencies declared but unused or used but undeclared
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .

wheel-test: setup ## build the wheel, install it into an empty environment, run it outside the checkout
	$(BIN)/python packaging/wheel_test.py

unit: setup  ## the tests alone
	$(BIN)/pytest

app: setup   ## build the application into dist/nnviz (about 300 MB), and run it in an empty environment
	@sh packaging/setup.sh app
	@$(BIN)/python -c 'import PyInstaller' 2>/dev/null || \
		$(BIN)/python -m pip install --quiet -e '.[app]' -c packaging/constraints.txt
	$(BIN)/python -m PyInstaller --noconfirm --log-level ERROR --distpath dist --workpath build packaging/nnviz.spec
	$(BIN)/python packaging/app_test.py

test-x: setup ## the first journey on a screen of its own, by mouse and keys; pictures in out/xvfb (1 min)
	$(BIN)/python tests/journeys/xvfb.py

test-proofs: setup ## the proofs that the suite runs a part of, in full: divergence, equal bits, older processors (5 min)
	NNVIZ_TRIALS=1000 NNVIZ_RUNS=20 $(BIN)/pytest -q tests/learning/test_divergence.py tests/learning/test_same_bits.py \
		tests/ui/test_same_bits.py tests/learning/processors.py

test-oracle: ## make the reference numbers anew with PyTorch (or $ORACLE_PYTHON's), and compare with those stored (10 s)
	@sh packaging/oracle.sh

monkey: setup ## 100,000 random events at the real window, and the memory they take (about an hour)
	nice env NNVIZ_EVENTS=$${NNVIZ_EVENTS:-100000} $(BIN)/pytest -q tests/journeys/test_monkey.py

bench: setup ## a training update beside PyTorch, JAX and others, interleaved, written to docs/performance.md (10 min)
	@sh packaging/setup.sh bench
	.venv/bench/bin/python benchmarks/growth.py docs/pictures
	.venv/bench/bin/python benchmarks/speed.py --write docs/performance.md

bench-ui: setup ## how quick the window stays while a network trains, what speed that leaves, how soon a typed number is seen (2 min)
	-$(BIN)/python benchmarks/ui_gaps.py
	-$(BIN)/python benchmarks/ui_frames.py
	$(BIN)/python benchmarks/ui_edits.py

bench-start: setup ## how long the window takes to start (15 s)
	$(BIN)/python benchmarks/start.py

shots: setup ## picture the window and every panel and dialog, light and dark, into out/shots (30 s)
	QT_QPA_PLATFORM=offscreen $(BIN)/python packaging/shots.py out/shots

docs: setup  ## write docs/operations.md and the tables of docs/conventions.md from the rows of the engine
	$(BIN)/python packaging/reference.py
	$(BIN)/python packaging/conventions.py

clean:       ## remove all that make made
	rm -rf .venv out dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
