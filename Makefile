# ChatBox: set up, run and test. `make help` lists the targets.

# Where the state of `make run` lives; `make run VAR=elsewhere` moves it.
VAR ?= var

.PHONY: help run test quick torture headline simulate fuzz sanitize bench build lint format clean

help: ## list the targets
	@echo "ChatBox: live chat on a website, answered from Discord."
	@echo
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1|/' | column -t -s '|'
	@echo
	@echo "Settings come from the environment; README.md lists them."

run: ## install what is missing, build, start everything, print the address; Ctrl-C stops all
	@compose/run.sh "$(VAR)"

test: ## install what the tests need, build once, run all of them
	@Tests/run.sh all

quick: ## the tests without browser and processes, for daily use
	@Tests/run.sh quick

torture: ## break everything beneath the real processes, and print what became of it (20 minutes)
	@TORTURE="$(TORTURE)" Tests/run.sh torture

headline: ## 10,000 messages while processes are killed and Discord misbehaves (13 minutes)
	@TORTURE="$(TORTURE)" Tests/run.sh headline

simulate: ## one seed of the simulator, told step by step (SEED=n), many (RUNS=n), or made small (SHRINK=1)
	@SHRINK="$(SHRINK)" OMIT="$(OMIT)" LOT="$(LOT)" Tests/simulate.sh "$(or $(SEED),1)" "$(or $(RUNS),1)" "$(or $(CANARY),none)"

fuzz: ## try foreign bytes on what reads them, SECONDS a target (a build of its own, 4 minutes)
	@Tests/fuzz.sh "$(or $(SECONDS),60)" $(TARGETS)

sanitize: ## look for data races in the light modules (a build of its own, 5 minutes)
	@Tests/sanitize.sh

bench: ## measure a release build, beside plain SQLite
	@Benchmarks/run.sh

build: ## build the release executables
	swift build -c release

lint: ## check the layout of the sources
	swift format lint --strict --recursive Sources Tests Examples Benchmarks Package.swift

format: ## lay the sources out
	swift format --in-place --recursive Sources Tests Examples Benchmarks Package.swift

clean: ## remove what was built; the state under VAR stays
	swift package clean
