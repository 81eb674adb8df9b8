# A thin front door: CMake knows how to build, CTest how to test, scripts/ the rest. `make help`.

BUILD_ROOT ?= build
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
# 1: the demo ends when it has shown everything; empty: it keeps serving until it is interrupted.
DEMO_EXIT ?=
FUZZ_SECONDS ?= 30
SOAK_MINUTES ?= 30
# One revision of MCP for the conformance suite; empty: all that it has requirements of.
REQUIREMENTS ?=
# make dev TARGET=imap_test
TARGET ?= all

override BUILD_ROOT := $(abspath $(BUILD_ROOT))
export BUILD_ROOT JOBS

# The official build uses clang 16. Where the distribution only has another one that will do, but
# the warnings of one that we do not know are not our errors. Looked up late: `make setup` may just
# have installed it.
CLANG ?= $(firstword $(foreach v,16 17 18 19 20 21 22,$(if $(shell command -v clang++-$(v)),clang++-$(v))) clang++-16)
CLANG_FLAGS = $(if $(filter-out clang++-16,$(CLANG)),-DCMAKE_CXX_COMPILER=$(CLANG)) \
  $(if $(filter-out clang++-16 clang++-19,$(CLANG)),-DGMAIL_MCP_WERROR=OFF)

# What is there to test insists on GoogleTest; the rest builds tests where it is, and so changes nothing
# in a build directory that both use.
TESTS = -DGMAIL_MCP_BUILD_TESTS=AUTO
test test-release asan gcc-asan fuzz lint: TESTS = -DGMAIL_MCP_BUILD_TESTS=ON

# $(call configure,preset)  $(call compile,preset,target)  $(call ctest,preset,more arguments)
configure = cmake --preset $(1) -B $(BUILD_ROOT)/$(1) $(if $(filter gcc%,$(1)),,$(CLANG_FLAGS)) $(TESTS) \
	  --log-level=NOTICE >/dev/null
compile = cmake --build $(BUILD_ROOT)/$(1) -j $(JOBS) --target $(2)
ctest = rm -rf $(BUILD_ROOT)/$(1)/results && \
	GTEST_OUTPUT=xml:$(BUILD_ROOT)/$(1)/results/ \
	ctest --test-dir $(BUILD_ROOT)/$(1) -j $(JOBS) --output-on-failure --no-tests=error \
	  --output-junit $(BUILD_ROOT)/$(1)/ctest.xml $(2)

# $(call stage,name,command): says what runs, when, and how long it took.
stage = @scripts/stage '$(1)' '$(2)'

.DEFAULT_GOAL := build
.PHONY: build help setup demo test test-release asan gcc-asan referees conformance soak lint dev debug bench bench-mail bench-mcp \
  bench-storage fuzz install deb \
  clean new-stages
# Each stage uses all cores by itself.
.NOTPARALLEL:

##@ To begin
help: ## this list
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@printf '\n%s\n  %s\n' "Variables" \
	  "BUILD_ROOT=$(BUILD_ROOT) JOBS=$(JOBS) PREFIX=$(PREFIX) CLANG DEMO_EXIT FUZZ_SECONDS TARGET"

demo: ## install what the program needs, build it, and show it at work without a Google account
	$(call stage,setup,scripts/setup --demo)
	$(call stage,build,$(call configure,release) && $(call compile,release,gmail-mcp))
	scripts/demo "$(DEMO_EXIT)"

setup: ## install what the build and the tests need too; no service is started or enabled
	$(call stage,setup,scripts/setup)

##@ To build
build: ## the release build, with its tests; what `make` alone does
	$(call stage,build,$(call configure,release) && $(call compile,release,all))

dev: ## quickly and unoptimised, one target: make dev TARGET=imap_test
	$(call stage,build dev,$(call configure,dev) && $(call compile,dev,$(TARGET)))

debug: ## for a debugger, one target: make debug TARGET=gmail-mcp (docs/debugging.md)
	$(call stage,build debug,$(call configure,debug) && $(call compile,debug,$(TARGET)))

install: build ## install under PREFIX (and DESTDIR)
	cmake --install $(BUILD_ROOT)/release --prefix $(PREFIX)

deb: ## a Debian package of the release build, in build/release
	$(call stage,build,$(call configure,release) && $(call compile,release,gmail-mcp))
	$(call stage,deb,cd $(BUILD_ROOT)/release && cpack -G DEB)

clean: ## remove the build directories
	rm -rf $(addprefix $(BUILD_ROOT)/,release dev debug asan gcc-asan fuzz)

##@ To check
# What its stages took is for scripts/test-summary, beginning with the time.
test: export STAGES = $(BUILD_ROOT)/stages.tsv
test: new-stages setup lint build test-release asan gcc-asan referees ## everything that CI checks
	@scripts/test-summary

new-stages:
	@mkdir -p $(BUILD_ROOT) && date +%s >$(BUILD_ROOT)/stages.tsv

test-release:
	$(call stage,test release,$(call ctest,release))

asan: ## build with AddressSanitizer and UBSan, and test
	$(call stage,build asan,$(call configure,asan) && $(call compile,asan,all))
	$(call stage,test asan,$(call ctest,asan))

gcc-asan: ## unit and contract tests built by g++ with AddressSanitizer
	$(call stage,build gcc-asan,$(call configure,gcc-asan) && $(call compile,gcc-asan,unit_tests))
	$(call stage,test gcc-asan,$(call ctest,gcc-asan,-L gtest))

referees: ## other people's programs judge the release build
	$(call stage,referees,if [ -x tests/referees/run ]; then tests/referees/run; else echo "no referees"; fi)

conformance: ## the official suite of MCP judges the library; REQUIREMENTS=2025-11-25 or 2026-07-28, or both
	$(call stage,build,$(call configure,release) && $(call compile,release,conformance_server))
	$(call stage,conformance,tests/conformance/run $(REQUIREMENTS))

soak: ## for SOAK_MINUTES (30): accounts come and go, faults, kills; nothing wrong, lost or leaking
	$(call stage,build,$(call configure,release) && $(call compile,release,gmail-mcp))
	$(call stage,soak,SOAK_MINUTES=$(SOAK_MINUTES) REFEREE_SECONDS=$$(( $(SOAK_MINUTES) * 60 + 900 )) \
	  tests/referees/run soak)

lint: ## format, folder rules, coroutine shapes, clang-tidy on what changed
	$(call stage,lint,$(call configure,dev) && $(call compile,dev,gmail_mcp_pch gmail_mcp_test_pch) && scripts/lint)

fuzz: ## each fuzzer for FUZZ_SECONDS; what it finds stays in the build directory
	$(call stage,build fuzz,$(call configure,fuzz) && $(call compile,fuzz,fuzzers))
	@for fuzzer in $(BUILD_ROOT)/fuzz/*_fuzz; do \
	  if [ -x "$$fuzzer" ]; then \
	    subject=$${fuzzer##*/}; subject=$${subject%_fuzz}; found=$(BUILD_ROOT)/fuzz/found/$$subject; \
	    mkdir -p "$$found"; echo "== $$subject"; \
	    "$$fuzzer" -max_total_time=$(FUZZ_SECONDS) -artifact_prefix="$$found/crash-" \
	      "$$found" "fuzz/corpus/$$subject" || exit 1; \
	  fi; done

##@ To measure
bench: ## measure the release build beside nginx (and the build BASE=path); writes bench/results.md
	$(call stage,build,$(call configure,release) && $(call compile,release,gmail-mcp bench_upstream))
	$(call stage,bench,bench/run $(BUILD_ROOT)/release/gmail-mcp $(BUILD_ROOT)/release/bench_upstream)

bench-mcp: ## measure calls, streams and sessions of MCP beside servers in TypeScript; writes its part of bench/results.md
	$(call stage,build,$(call configure,release) && $(call compile,release,gmail-mcp))
	$(call stage,packages,cd bench/mcp_servers && npm ci --ignore-scripts --no-audit --no-fund --silent)
	$(call stage,bench mcp,bench/mcp $(BUILD_ROOT)/release/gmail-mcp)

bench-storage: ## measure what SQLite and PostgreSQL cost, side by side
	$(call stage,build,$(call configure,release) && $(call compile,release,bench_storage_bench bench_archive_bench gmail-mcp))
	$(call stage,bench storage,$(BUILD_ROOT)/release/bench_storage_bench)
	$(call stage,bench archive,$(BUILD_ROOT)/release/bench_archive_bench)
	$(call stage,bench sizes,bench/storage_sizes.py $(BUILD_ROOT)/release/gmail-mcp)

bench-mail: ## measure App-Password accounts beside mbsync and notmuch; as root, some 20 minutes
	$(call stage,build,$(call configure,release) && $(call compile,release,gmail-mcp))
	$(call stage,bench mail,bench/mail $(BUILD_ROOT)/release/gmail-mcp)
