# Bare `make` prints this help. Every target works on a fresh Debian with python3, make and git.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV ?= .venv
PY := $(VENV)/bin/python

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV)/.ready ## create the venv with pinned dependencies

$(VENV)/.ready: pyproject.toml $(wildcard constraints-*.txt) tests/setup_venv.sh
	tests/setup_venv.sh $(VENV)

.PHONY: test-system
test-system: ## install what the tests need from Debian (sudo where not root)
	tests/install_test_system.sh

.PHONY: format
format: setup ## rewrite the code in the house format
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix --exit-zero .

.PHONY: check
check: setup ## format, lint, types, import contracts, shell scripts
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	shellcheck install.sh systemd/*.sh tests/*.sh tests/boot/*.sh .ci/run

.PHONY: test
test: test-system setup ## everything: check, unit, property, end to end, browser, broker
	$(MAKE) check
	$(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile

.PHONY: demo
demo: setup ## a simulated night through simulated chips, then the page on http://localhost:8080
	$(VENV)/bin/plms demo $(DEMO)

.PHONY: config-docs
config-docs: setup ## rewrite appliance/config.toml and docs/configuration.md from the structs
	$(PY) -m tests.render_config

.PHONY: lock
lock: ## renew the pinned versions: make lock PYTHONS="python3.11 python3.13"
	tests/lock.sh $(or $(PYTHONS),python3.11 python3.13)

.PHONY: test-boot
test-boot: ## install in a fresh Debian and boot it: bookworm and trixie (root; skips with a reason elsewhere)
	tests/boot/run.sh bookworm & bookworm=$$!; tests/boot/run.sh trixie 8081; trixie=$$?; \
		wait $$bookworm && exit $$trixie

.PHONY: test-arm64
test-arm64: setup ## the detector as 64-bit ARM code, emulated: the same bytes (root; skips with a reason elsewhere)
	tests/boot/arm64.sh

.PHONY: test-ha
test-ha: test-system setup ## announcement and live behaviour at real Home Assistants in their own environments
	tests/interop/ha/run.sh $(PY)

.PHONY: test-kernel
test-kernel: setup ## Linux's own chip drivers and ours on the simulated chips, in an emulated Debian (root; skips with a reason elsewhere)
	tests/interop/kernel/run.sh $(PY)

.PHONY: screenshots
screenshots: test-system setup ## every page as a phone shows it and as it prints, into screenshots/
	$(PY) -m tests.appliance.web.screenshots screenshots

.PHONY: audit
audit: test-system setup ## the newest axe-core (from npm, where there is npm) over every page
	mkdir -p .cache/axe && cd .cache/axe && npm pack --silent axe-core && tar -xzf axe-core-*.tgz
	PLMS_AXE=$(CURDIR)/.cache/axe/package/axe.min.js $(PY) -m pytest tests/appliance/web/test_browser.py -k axe

.PHONY: bench-scoring
bench-scoring: setup ## how fast a thousand old nights are scored again
	$(PY) -m tests.bench.rescore

.PHONY: faults
faults: test-system setup ## the fault campaign: kills, pulled plugs, full disks, a card with slow syncs
	$(PY) -m tests.appliance.record.campaign --kills 200 --images 100 --fills 60
	$(PY) -m tests.appliance.record.commits
	$(PY) -m tests.appliance.record.powercut
	$(PY) -m tests.appliance.record.slowcard

.PHONY: bench-writes
bench-writes: setup ## what a night writes to the card, by what it is written for
	$(PY) -m tests.bench.writes

.PHONY: golden
golden: setup ## remake the golden nights and print what changed (then say so under Scoring in CHANGELOG.md)
	$(PY) tests/golden/remake.py

.PHONY: accuracy
accuracy: setup ## how well kicks are found and given to the right sleeper, on nights that tuned nothing
	$(PY) -m tests.bench.accuracy

.PHONY: bench-drivers
bench-drivers: setup ## what reading the sensors costs: bus time, calls, CPU seconds a recorded hour
	$(PY) -m tests.bench.acquisition

.PHONY: bench
bench: setup ## how fast the detector is, against scipy's sosfilt on the same channels
	$(PY) -m tests.bench.speed
