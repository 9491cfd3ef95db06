# Two commands do it all: `make run` and `make test`. Neither asks a question.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3.11
STATE ?= state
BIN := .venv/bin
DEBIAN_TEST := mosquitto chromium swtpm
# tpm2-pytss is compiled where it is installed: only the tests, and a terminal with a TPM, need that.
DEBIAN_BUILD := libtss2-dev gcc libc6-dev pkg-config

# Install those of the named Debian packages that are missing, and say so.
debian = missing=$$(for p in $(1); do dpkg-query -Wf '$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  echo "Installing Debian packages:" $$missing; \
	  root=$$([ $$(id -u) = 0 ] || echo "sudo -n"); \
	  { $$root apt-get update -qq && $$root env DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $$missing >/dev/null; } || \
	  { echo "could not: run 'apt-get install" $$missing"' as root, then make again"; exit 1; }; \
	fi

.PHONY: help run test test-vm lint bench bench-face models docs clean debian-test

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

run: .venv/.terminal models $(STATE)/site.toml ## the terminal on a simulated board, at http://127.0.0.1:8080
	@[ -n "$$(command -v mosquitto || command -v /usr/sbin/mosquitto)" ] || \
	  echo "No MQTT broker here: alerts will wait in the outbox. To see them published: apt-get install mosquitto"
	$(BIN)/cardea simulate --state $(STATE)

test: .venv/.dev debian-test models ## all tests; installs the Debian packages they need
	$(BIN)/pytest --numprocesses 2 --dist loadfile

test-vm: .venv/.dev debian-test models ## the slow suites
	$(BIN)/pytest --numprocesses 2 -m slow

lint: .venv/.dev ## ruff, strict types, generated documents fresh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python docs/generate.py --check

bench: .venv/.dev models ## the figures of this machine
	$(BIN)/python -m bench

bench-face: .venv/.dev models ## face reading stage by stage, beside float32, MediaPipe, dlib, OpenCV
	$(BIN)/python -m bench.face

models: .venv/.terminal ## fetch, convert, quantise and sign the model bundle
	@$(BIN)/cardea models build

docs: .venv/.dev ## write the generated documents anew
	$(BIN)/python docs/generate.py

clean: ## forget virtual environment and state; the fetched models stay
	rm -rf .venv $(STATE)

$(STATE)/site.toml: | models
	$(BIN)/cardea site new $(STATE)

.venv/.terminal: pyproject.toml
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { $(call debian,$(notdir $(PYTHON))-venv); }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[terminal]'
	@touch $@

.venv/.dev: .venv/.terminal
	@$(call debian,$(DEBIAN_BUILD))
	@$(BIN)/python -c 'import os, sysconfig; os.stat(os.path.join(sysconfig.get_path("include"), "Python.h"))' \
	  2>/dev/null || { $(call debian,$(notdir $(PYTHON))-dev); }
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

debian-test:
	@$(call debian,$(DEBIAN_TEST))
