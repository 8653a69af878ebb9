# ModelShip. `make run` and `make test` need Python 3.11 and the package registries, nothing else.
PORT ?= 8000
HOST ?= 127.0.0.1
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
LOCKS := $(filter-out requirements/train.txt,$(wildcard requirements/*.txt))
PYTEST := $(BIN)/pytest -q --durations=15 --durations-min=5

# Compiled modules are kept, whatever the shell says: without them every process begins with seconds of compiling.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-slow test-train test-services train-install train-harbour lint format bench bench-editor bench-inference bench-live bench-ingest bench-dedup bench-lists bench-versions bench-service bench-export harness demo lock clean

run: $(VENV)/.run
	HOST=$(HOST) $(BIN)/python manage.py prepare --host $(HOST) --port $(PORT)
	@HOST=$(HOST) PORT=$(PORT) exec $(BIN)/python manage.py up --host $(HOST) --port $(PORT)

demo: $(VENV)/.run
	$(BIN)/python manage.py demo --wait

test: $(VENV)/.dev
	$(PYTEST) -n 2 --dist loadgroup -m "not slow"

# Real browsers, killed processes: heavier, still part of .ci/run. What times something has the machine to itself.
test-slow: $(VENV)/.dev
	$(PYTEST) -n 2 --dist loadfile -m "slow and not train and not alone"
	$(PYTEST) -m alone

# Real training, small and on the CPU: the only tests that need PyTorch.
test-train: $(VENV)/.train
	$(PYTEST) -n 2 --dist loadfile -m train

# The same suite over real connections; both servers must be running. ONLY=--connected leaves out what
# reaches neither.
ONLY ?=
TEST_DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
TEST_REDIS_URL ?= redis://127.0.0.1:6379/9
test-services: $(VENV)/.dev
	DATABASE_URL=$(TEST_DATABASE_URL) MODELSHIP_REDIS_URL=$(TEST_REDIS_URL) $(PYTEST) -n 2 --dist loadgroup -m "not slow" $(ONLY)

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	@if command -v npx >/dev/null; then npx --yes -p typescript@5.9 tsc -p tests/js/tsconfig.json; \
	else echo "Node is not here: the JavaScript types were not checked."; fi

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench

# 10,000 and 50,000 boxes, and a tiled picture, beside a blank canvas.
bench-editor: $(VENV)/.dev
	$(BIN)/python -m tests.bench editor --large --repeats 3

# Slices of pictures of 4000x3000 and 8000x6000 beside the model alone and beside SAHI; a job of 500 pictures.
bench-inference: $(VENV)/.dev
	$(BIN)/python -m tests.bench inference --large --repeats 3

# Versions, comparisons and rollbacks of a dataset with 100,000 images.
bench-versions: $(VENV)/.dev
	$(BIN)/python -m tests.bench versions --large --repeats 3

# 100 people in 20 rooms beside bare websockets and a channel layer, at ever higher rates.
bench-live: $(VENV)/.dev
	$(BIN)/python -m tests.bench live --repeats 3

# Uploads of three sizes beside decoding alone and hand-written Pillow; memory after N and 10 N pictures.
bench-ingest: $(VENV)/.dev
	$(BIN)/python -m tests.bench ingest --repeats 3

# Near duplicates among 10,000 to 1,000,000 hashes beside brute force, with the same pairs.
bench-dedup: $(VENV)/.dev
	$(BIN)/python -m tests.bench dedup --repeats 3

# Lists, counts and windows of 1,000,000 pictures, on the database that DATABASE_URL names.
bench-lists: $(VENV)/.dev
	$(BIN)/python -m tests.bench lists --repeats 5

# The detector service under 1, 50 and 100 clients, beside the engine without HTTP; editing while it hangs.
bench-service: $(VENV)/.dev
	$(BIN)/python -m tests.bench service --repeats 5

# 1,000,000 boxes on 50,000 pictures to COCO, YOLO and CSV, beside reading the rows and beside Datumaro
# where MODELSHIP_BENCH_PEERS names a Python that has it.
bench-export: $(VENV)/.dev
	$(BIN)/python -m tests.bench export --large --repeats 3

# 8 clients on a bad network, 10,000 edits, 50 SIGKILLs, on the database that DATABASE_URL names.
HARNESS ?=
harness: $(VENV)/.dev
	$(BIN)/python -m tests.annotations.live.harness $(HARNESS)

# Requirements are compiled to hashed locks, so that no resolver runs at install time.
lock: $(VENV)/.uv
	$(BIN)/uv pip compile -q -U --generate-hashes --python-version 3.11 requirements/dev.in -o requirements/dev.txt
	for name in base inference production sources language tables; do \
	  $(BIN)/uv pip compile -q --generate-hashes --python-version 3.11 -c requirements/dev.txt \
	    requirements/$$name.in -o requirements/$$name.txt; done
	$(BIN)/uv pip compile -q --no-deps --generate-hashes requirements/sahi.in -o requirements/sahi.txt

$(VENV)/.uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	@touch $@

$(VENV)/.run: $(VENV)/.uv $(LOCKS)
	@echo "Installing (a minute the first time)…"
	$(UV) -r requirements/base.txt -r requirements/inference.txt -r requirements/sources.txt -r requirements/language.txt
	$(UV) --no-deps -r requirements/sahi.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.uv $(LOCKS)
	$(UV) -r requirements/dev.txt
	$(UV) --no-deps -r requirements/sahi.txt
	@touch $@ $(VENV)/.run

# Pip chooses PyTorch's build (CPU or CUDA) by its own settings, so this one is pinned without hashes.
$(VENV)/.train: $(VENV)/.dev requirements/train.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/train.txt
	@touch $@

# What training detectors needs beyond `make run`; restart the worker afterwards.
train-install: $(VENV)/.run
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/train.txt

# The built-in detector once more, from nothing: under two hours on two cores.
train-harbour: $(VENV)/.train
	$(BIN)/python -m inference.builtin.recipe

clean:
	rm -rf $(VENV)
