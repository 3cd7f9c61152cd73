PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MERMAID := docs/assets/mermaid.min.js
SOURCES := bridge cli kernel rtpng sipcore tests bench deploy docs

.PHONY: help run test check lint bench gateway gateway-test deb docs clean

help:
	@echo 'make run    set up .venv and start the relay on its defaults'
	@echo 'make test   install what the tests need, then all checks and tests (root for those with networks)'
	@echo 'make check  lint, types and the tests that need no networks'
	@echo 'make bench  measure against rtpengine (root)'
	@echo 'make gateway       render the configuration of the WebRTC gateway from deploy/webrtc-gateway/.env'
	@echo 'make gateway-test  run that gateway in network namespaces, with real programs and a browser (root)'
	@echo 'make deb    build the Debian package into dist/'
	@echo 'make docs   build the documentation site into site/'
	@echo 'make clean  remove .venv and caches'

run: $(VENV)/.installed
	exec $(BIN)/rtpng serve

test: $(VENV)/.installed-for-tests
	@if [ "$$(id -u)" = 0 ]; then tests/install-needs; else echo 'not root: tests with networks will be skipped'; fi
	@$(MAKE) --no-print-directory lint
	$(BIN)/pytest

check: $(VENV)/.installed-for-tests lint
	$(BIN)/pytest -q -m 'not netns and not peers and not slow'

lint: $(VENV)/.installed-for-tests
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy

bench: $(VENV)/.installed-for-tests
	@if [ "$$(id -u)" = 0 ]; then tests/install-needs; fi
	$(BIN)/python -m bench

gateway: $(VENV)/.installed
	@$(BIN)/python -c 'import jinja2' 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[gateway]'
	@deploy/webrtc-gateway/render $(if $(INTO),--into $(INTO))

gateway-test: $(VENV)/.installed-for-tests
	@if [ "$$(id -u)" = 0 ]; then tests/install-needs; fi
	$(BIN)/pytest -v tests/peers/gateway

deb: $(VENV)/.installed
	deploy/debian/build $(BIN)/pip

docs: $(BIN)/python setup.cfg
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@[ -e $(MERMAID) ] || ! command -v npm >/dev/null || $(MAKE) --no-print-directory $(MERMAID)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# What draws the diagrams; without npm a page's reader fetches it.
$(MERMAID):
	mkdir -p $(@D)
	cd $(@D) && tar -xzf "$$(npm pack --silent mermaid@11)" --strip-components=2 package/dist/mermaid.min.js && rm -f mermaid-*.tgz

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist site docs/assets *.egg-info

# Debian keeps what python3 -m venv needs in a package of its own.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed'; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		[ "$$(id -u)" = 0 ] || { echo 'as root, run: apt-get install python3-venv'; exit 1; }; \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y python3-venv; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python setup.cfg pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-for-tests: $(BIN)/python setup.cfg pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@ $(VENV)/.installed
