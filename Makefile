# custody: build, check, install. `make help` lists the targets.
#
# Sources are found by folder, one variable a floor, so a new file needs no line here:
#   proto/  daemon/{base,domain,ledger,service,server}/  client/{lib,exchange,cli,paper}/   *.c
#   tests/{unit,model,fault,sim}/test_*.c   one cmocka program each; tests/lib/*.c serve them all
#   tests/fault/*.c (others)                parts of every fault test
#   tests/sim/*.c (others)                  parts of every simulation
#   tests/system/*.sh|*.py                  run against the real daemon (names in _ or lib are helpers)
#   tests/strangers/test_*.sh|*.py          clients and verifiers that share no code with us
#   tests/monitoring/test_*.sh              Prometheus' own tool on our figures, rules and dashboard
#   tests/fuzz/fuzz_<target>.c              corpus in tests/fuzz/corpus/<target>/
#   tests/bench/*.c                         one program, and nullcustodyd.c another
#   tests/storm/*.c                         one program
#   tests/light/*.c                         one program
# A test may say which functions it replaces, on a line of its own:  /* wrap: malloc mdb_txn_commit */
# and is then linked with --wrap for each of them.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-builtin-variables

# --- what the caller may set -------------------------------------------------------------------

CC         = gcc
AR         = ar
PKG_CONFIG = pkg-config
PROTOC_C   = protoc-c
INSTALL    = install

PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
SYSCONFDIR ?= $(if $(filter /usr,$(PREFIX)),/etc,$(PREFIX)/etc)
UNITDIR    ?= $(PREFIX)/lib/systemd/system

# SANITIZE=address,undefined | thread   its own build folder
# COVERAGE=1   set by `make coverage`
# WERROR=1     warnings are errors (CI)
# NODEPS=1     do not look for missing packages
# V=1          print every command
# MONTH=1      the month's demonstration;   QUICK=1  a short benchmark;   SEED=n  repeat a model test;   TIMEOUT=s  per test program
# ONLY='store merkle'   only the tests of these names
# A build that watches takes several times as long.
TIMEOUT ?= $(if $(SANITIZE),400,120)
export QUICK SEED

# --- modes -------------------------------------------------------------------------------------

comma := ,
empty :=
space := $(empty) $(empty)
GOALS := $(or $(MAKECMDGOALS),all)

ifneq ($(filter fuzz,$(GOALS)),)
MODE := fuzz
CC   := clang
SANITIZE := address,undefined
else ifneq ($(filter fuzz-afl,$(GOALS)),)
MODE := afl
CC   := afl-clang-fast
SANITIZE := address,undefined
else ifneq ($(filter coverage fuzz-coverage,$(GOALS)),)
MODE := coverage
else ifneq ($(SANITIZE),)
MODE := sanitize-$(subst $(comma),-,$(SANITIZE))
else
MODE := release
endif
BUILD := build/$(MODE)

# As many jobs as processors; several goals are taken one after the other.
JOBS ?= $(shell nproc)
ifeq ($(words $(GOALS)),1)
MAKEFLAGS += -j$(JOBS)
endif

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(2)')

# --- flags -------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes \
  -Wmissing-prototypes -Wswitch-enum -Wvla -Wformat=2 -Wundef -Wdate-time -Wimplicit-fallthrough
WARNINGS += $(if $(WERROR),-Werror)
LANGUAGE := -std=c11 -D_GNU_SOURCE
INCLUDES  = -I. -Iinclude -I$(BUILD) $(LIBRARY_CFLAGS)
COMMON   := -g -pthread -fno-common -ffile-prefix-map=$(CURDIR)=.

ifneq ($(SANITIZE),)
OPTIMIZE := -O1 -DCUSTODY_INSTRUMENTED -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
OPTIMIZE += $(if $(filter fuzz,$(MODE)),-fsanitize=fuzzer-no-link)
HARDEN_LD := -fsanitize=$(SANITIZE)
else ifeq ($(MODE),coverage)
OPTIMIZE  := -O0 -DCUSTODY_INSTRUMENTED --coverage
HARDEN_LD := --coverage
else
OPTIMIZE  := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
  -fstack-clash-protection
HARDEN_LD := -Wl,-z,relro,-z,now -Wl,-z,noexecstack
endif

# proto/ and client/lib/ go into the shared library too, all else only into programs.
PIC       = $(if $(filter $(BUILD)/proto/% $(BUILD)/client/lib/%,$@),-fPIC -fvisibility=hidden,-fPIE)
COMPILE   = $(CC) $(LANGUAGE) $(COMMON) $(OPTIMIZE) $(INCLUDES) $(PIC) $(CPPFLAGS)
LINK      = $(CC) $(COMMON) $(OPTIMIZE) $(HARDEN_LD) -Wl,--as-needed \
  $(if $(WERROR),-Wl$(comma)--fatal-warnings) $(CFLAGS) $(LDFLAGS)
PROGRAM   = $(LINK) -pie

# --- packages and libraries ----------------------------------------------------------------------
# Both files below are made before anything else, and make then starts over with their contents.

SECTIONS := build \
  $(if $(filter check% coverage bench% fuzz% lint% deb%,$(GOALS)),check) \
  $(if $(filter check-strangers,$(GOALS)),strangers) $(if $(filter check-leaks bench-instructions,$(GOALS)),leaks) \
  $(if $(filter check-monitoring,$(GOALS)),monitoring) $(if $(filter check-aarch64,$(GOALS)),aarch64) \
  $(if $(filter lint% format,$(GOALS)),lint) \
  $(if $(filter fuzz fuzz-afl,$(GOALS)),fuzz) $(if $(filter fuzz-afl,$(GOALS)),afl) \
  $(if $(filter deb% check-deb,$(GOALS)),deb) \
  $(if $(filter check-deb,$(GOALS)),$(if $(filter 0,$(shell id -u)),chroot))
SECTIONS := $(strip $(SECTIONS))
# What can be done without: the benchmark's peers.
OPTIONAL := $(filter bench,$(GOALS))
PACKAGES := build/packages-$(subst $(space),-,$(strip $(SECTIONS) $(OPTIONAL)))

PKG_LIB    := libzmq libprotobuf-c libsodium libcrypto jansson
PKG_CLI    := $(PKG_LIB) inih
PKG_PAPER  := pangocairo libqrencode jansson
PKG_DAEMON := libzmq lmdb libprotobuf-c libsodium libcrypto inih jansson libseccomp
PKG_TESTS  := $(if $(filter check,$(SECTIONS)),cmocka)
LIBRARIES  := build/libraries$(if $(PKG_TESTS),-check).mk

# $(call missing,sections): the packages of these sections that are not installed, by one query.
missing = { dpkg-query -W -f='$${Package} $${db:Status-Status}\n'; echo; cat deploy/packages; } | \
  awk -v want=' $(1) ' ' \
    !list { if (NF == 0) list = 1; else if ($$2 == "installed") have[$$1] = 1; next } \
    { sub(/\#.*/, "") } \
    /^\[/ { on = index(want, " " substr($$1, 2, length($$1) - 2) " "); next } \
    on && NF && !($$1 in have) && !seen[$$1]++ { print $$1 }' | paste -sd' '

# $(call install,sections): what is missing of them. A PostgreSQL that is new here would make and start a cluster of its own;
# it is told not to, for as long as that takes.
UNASKED := /etc/postgresql-common/createcluster.d/custody.conf
install = missing=$$($(call missing,$(1))); \
	if [ -n "$$missing" ]; then \
	  echo "for '$(GOALS)', these Debian packages are missing and will be installed: $$missing"; \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  if [ -n "$$sudo" ] && ! command -v sudo > /dev/null; then \
	    echo "but there is neither root nor sudo; please have this run: apt-get install $$missing"; exit 1; fi; \
	  unasked=; case " $$missing " in *' postgresql '*) unasked=$(UNASKED); \
	    echo 'create_main_cluster = false' | $$sudo install -D -m 644 /dev/stdin $$unasked;; esac; \
	  $$sudo apt-get -qq update < /dev/null && \
	  $$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
	    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install $$missing < /dev/null; \
	  status=$$?; [ -z "$$unasked" ] || $$sudo rm -f $$unasked; [ $$status = 0 ]; \
	fi

ifneq ($(filter-out clean help uninstall,$(GOALS)),)
include $(LIBRARIES)
endif

$(LIBRARIES): Makefile $(if $(NODEPS),,$(PACKAGES))
	@mkdir -p build
	@$(PKG_CONFIG) --print-errors --exists $(PKG_CLI) $(PKG_DAEMON) $(PKG_TESTS)
	@$(PKG_CONFIG) --exists $(PKG_PAPER) || echo 'not all of $(PKG_PAPER) is here: custody-paper, which prints, is not built'
	@{ echo 'LIBRARY_CFLAGS :=' $$($(PKG_CONFIG) --cflags $(PKG_CLI) $(PKG_DAEMON) $(PKG_TESTS)); \
	   echo 'LIB_LIBS :=' $$($(PKG_CONFIG) --libs $(PKG_LIB)); \
	   echo 'CLI_LIBS :=' $$($(PKG_CONFIG) --libs $(PKG_CLI)); \
	   ! $(PKG_CONFIG) --exists $(PKG_PAPER) || { \
	     echo 'PAPER_CFLAGS :=' $$($(PKG_CONFIG) --cflags $(PKG_PAPER) | sed 's/-I/-isystem /g'); \
	     echo 'PAPER_LIBS :=' $$($(PKG_CONFIG) --libs $(PKG_PAPER)) -lm; }; \
	   echo 'DAEMON_LIBS :=' $$($(PKG_CONFIG) --libs $(PKG_DAEMON)); \
	   echo 'TEST_LIBS :=' $$($(PKG_CONFIG) --libs $(PKG_DAEMON) $(PKG_TESTS)); } > $@

$(PACKAGES): deploy/packages
	@mkdir -p build
	@command -v dpkg-query > /dev/null || { \
	   echo 'no dpkg here: please install what deploy/packages names, then run make NODEPS=1'; exit 1; }
	@$(call install,$(SECTIONS))
	$(if $(OPTIONAL),@($(call install,$(OPTIONAL))) || echo 'they cannot be had; what needs them is left out')
	@touch $@

# --- the house: one list a floor, lowest first ---------------------------------------------------

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

PROTOS      := $(wildcard proto/*.proto)
GENERATED_H := $(PROTOS:%.proto=$(BUILD)/%.pb-c.h)
GENERATED   := $(PROTOS:%.proto=$(BUILD)/%.pb-c.o)
# Texts that go into the command as they are.
GENERATED_H += $(BUILD)/client/cli/evidence_readme.inc $(BUILD)/client/cli/evidence_verify.inc

PROTO   := $(call objects,$(wildcard proto/*.c)) $(GENERATED)
BASE    := $(call objects,$(wildcard daemon/base/*.c))
DOMAIN  := $(call objects,$(wildcard daemon/domain/*.c))
LEDGER  := $(call objects,$(wildcard daemon/ledger/*.c))
SERVICE := $(call objects,$(wildcard daemon/service/*.c))
SERVER  := $(call objects,$(wildcard daemon/server/*.c))
TOP     := $(call objects,$(filter-out daemon/main.c,$(wildcard daemon/*.c)))
CLIENT  := $(call objects,$(wildcard client/lib/*.c))
CLI     := $(call objects,$(wildcard client/exchange/*.c) $(filter-out client/cli/main.c,$(wildcard client/cli/*.c)))
PAPER   := $(call objects,$(filter-out client/paper/main.c,$(wildcard client/paper/*.c)))

TESTLIB := $(call objects,$(wildcard tests/lib/*.c))
UNIT    := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
MODEL   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/model/test_*.c tests/sim/test_*.c))
STAGE   := $(call objects,$(filter-out tests/sim/test_%,$(wildcard tests/sim/*.c)) tests/fault/disk.c)
FAULT   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fault/test_*.c))
DRILL   := $(call objects,$(filter-out tests/fault/test_%,$(wildcard tests/fault/*.c)))
REPLAY  := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH   := $(call objects,$(filter-out %/nullcustodyd.c,$(wildcard tests/bench/*.c)))
NULLD   := $(call objects,tests/bench/nullcustodyd.c)
COUNTED := $(call objects,tests/instructions/main.c)
CYCLE   := $(call objects,tests/leaks/cycles.c)
LIGHT   := $(call objects,tests/light/light.c)
REGION  := $(call objects,$(wildcard tests/month/*.c))
STORM   := $(call objects,$(wildcard tests/storm/*.c) tests/bench/keeper.c)
SYSTEM  := $(filter-out tests/system/_% tests/system/lib%,$(wildcard tests/system/*.sh tests/system/*.py))
STRANGERS := $(wildcard tests/strangers/test_*.sh tests/strangers/test_*.py)
MONITORING := $(wildcard tests/monitoring/test_*.sh)

# ONLY='store merkle' looks at these tests alone.
ifneq ($(ONLY),)
$(foreach list,UNIT MODEL FAULT REPLAY SYSTEM STRANGERS MONITORING,$(eval $(list) := \
  $(foreach t,$($(list)),$(if $(filter $(ONLY:%=test_%) $(ONLY:%=fuzz_%) $(ONLY),$(basename $(notdir $(t)))),$(t)))))
endif

# One archive a floor. A program takes from an archive only what it uses.
FLOORS    := proto base domain ledger service server top
PROTO_A   := $(BUILD)/libcustody-proto.a
FLOORS_A  := $(FLOORS:%=$(BUILD)/libcustodyd-%.a)
FLOORS_A  := $(patsubst %-proto.a,$(PROTO_A),$(FLOORS_A))
CLIENT_A  := $(BUILD)/libcustody.a
CLI_A     := $(BUILD)/libcustody-cli.a
TEST_A    := $(BUILD)/libtests.a
ALL_A     := $(CLI_A) $(CLIENT_A) $(FLOORS_A)

# $(call archives,test): a test of a module gets the module's floor and those beneath, so that it
# stays possible while a higher floor is in pieces; any other test gets the whole house.
UP_TO_proto         := $(PROTO_A)
UP_TO_daemon/base   := $(BUILD)/libcustodyd-base.a $(UP_TO_proto)
UP_TO_daemon/domain := $(BUILD)/libcustodyd-domain.a $(UP_TO_daemon/base)
UP_TO_daemon/ledger := $(BUILD)/libcustodyd-ledger.a $(UP_TO_daemon/domain)
UP_TO_daemon/service := $(BUILD)/libcustodyd-service.a $(UP_TO_daemon/ledger)
archives = $(or $(firstword $(foreach f,proto daemon/base daemon/domain daemon/ledger daemon/service,\
  $(if $(wildcard $(f)/$(patsubst fuzz_%,%,$(patsubst test_%,%,$(notdir $(1)))).c),UP_TO_$(f)))),ALL_A)

PRODUCTS := $(FLOORS_A) $(CLIENT_A)
PRODUCTS += $(if $(wildcard daemon/main.c),$(BUILD)/custodyd)
PRODUCTS += $(if $(wildcard client/cli/main.c),$(BUILD)/custody)
PRODUCTS += $(if $(PAPER_LIBS),$(BUILD)/custody-paper)
PRODUCTS += $(if $(wildcard client/lib/*.c),$(BUILD)/libcustody.so $(BUILD)/custody.pc)

VERSION := $(or $(shell sed -n 's/.*CUSTODY_VERSION "\(.*\)".*/\1/p' include/custody/version.h 2> /dev/null),0.0.0)
SONAME  := libcustody.so.0

.PHONY: all demo check check-unit check-model check-convergence check-sim check-fault check-system \
  check-leaks check-storm check-strangers check-monitoring check-aarch64 check-aarch64-tests check-deb deb deb-bundle coverage lint bench bench-instructions fuzz fuzz-afl fuzz-coverage \
  install uninstall clean help FORCE
FORCE:

## all: build the daemon, the command, the library
all: $(PRODUCTS)

# --- making things -------------------------------------------------------------------------------

# Flags that change rebuild what they made.
FLAGS = $(COMPILE) $(WARNINGS) $(CFLAGS) $(LINK) $(DAEMON_LIBS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(FLAGS)' | cmp -s - $@ || printf '%s\n' '$(FLAGS)' > $@

$(BUILD)/%.pb-c.c $(BUILD)/%.pb-c.h: %.proto
	$(call say,PROTOC,$<)
	@mkdir -p $(@D)
	$(Q)$(PROTOC_C) --proto_path=. --c_out=$(BUILD) $<

# A text as C strings, one a line.
TO_STRINGS = sed 's/[\\"]/\\&/g; s/^/"/; s/$$/\\n",/'
$(BUILD)/%.inc: %.txt
	@mkdir -p $(@D)
	$(Q)$(TO_STRINGS) $< > $@
$(BUILD)/%.inc: %.py
	@mkdir -p $(@D)
	$(Q)$(TO_STRINGS) $< > $@

$(GENERATED): %.o: %.c $(BUILD)/flags
	$(call say,CC,$<)
	$(Q)$(COMPILE) -w $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.c $(BUILD)/flags | $(GENERATED_H)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(WARNINGS) $(CFLAGS) -MMD -MP -c -o $@ $<

define archive
	$(call say,AR,$@)
	@mkdir -p $(@D); rm -f $@
	$(Q)$(AR) rcsD $@ $(filter %.o,$^)
endef

$(PROTO_A): $(PROTO)
	$(archive)
$(BUILD)/libcustodyd-base.a: $(BASE)
	$(archive)
$(BUILD)/libcustodyd-domain.a: $(DOMAIN)
	$(archive)
$(BUILD)/libcustodyd-ledger.a: $(LEDGER)
	$(archive)
$(BUILD)/libcustodyd-service.a: $(SERVICE)
	$(archive)
$(BUILD)/libcustodyd-server.a: $(SERVER)
	$(archive)
$(BUILD)/libcustodyd-top.a: $(TOP)
	$(archive)
$(CLIENT_A): $(PROTO) $(CLIENT)
	$(archive)
$(CLI_A): $(CLI)
	$(archive)
$(TEST_A): $(TESTLIB)
	$(archive)

$(BUILD)/custodyd: $(BUILD)/daemon/main.o $(FLOORS_A)
	$(call say,LINK,$@)
	$(Q)$(PROGRAM) -o $@ $< -Wl,--start-group $(FLOORS_A) -Wl,--end-group $(DAEMON_LIBS)

$(BUILD)/custody: $(BUILD)/client/cli/main.o $(CLI_A) $(CLIENT_A)
	$(call say,LINK,$@)
	$(Q)$(PROGRAM) -o $@ $^ $(CLI_LIBS)

# The only program that draws; custody runs it, so nothing else is linked with what drawing needs.
$(PAPER) $(BUILD)/client/paper/main.o $(PAPER:.o=.tidy) lint-headers: INCLUDES += $(PAPER_CFLAGS)
$(BUILD)/custody-paper: $(BUILD)/client/paper/main.o $(PAPER)
	$(call say,LINK,$@)
	$(Q)$(PROGRAM) -o $@ $^ $(PAPER_LIBS)

# What a profile says is for the daemon and the command: in the library it would only ask for libinih.
$(BUILD)/libcustody.so: $(filter-out $(call objects,proto/profile.c),$(PROTO)) $(CLIENT)
	$(call say,LINK,$@)
	$(Q)$(LINK) -shared -Wl,-soname,$(SONAME) $(if $(SANITIZE),,-Wl$(comma)-z$(comma)defs) \
	  -o $@ $^ $(LIB_LIBS)
	$(Q)ln -sf $(@F) $(@D)/$(SONAME)

$(BUILD)/custody.pc: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$(LIBDIR)' 'includedir=$(INCLUDEDIR)' '' \
	  'Name: custody' 'Description: client library of the custodyd waste ledger' \
	  'Version: $(VERSION)' 'Requires.private: $(PKG_LIB)' \
	  'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -lcustody' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# $(call wraps,source): the --wrap options that a test asks for.
wraps = $$(sed -n 's|^/\* wrap: \(.*\) \*/$$|\1|p' $(1) | tr ' ' '\n' | sed -n 's/..*/-Wl,--wrap=&/p')

$(foreach t,$(UNIT) $(MODEL) $(REPLAY),$(eval $(t): $(TEST_A) $($(call archives,$(t)))))
$(FAULT): $(DRILL) $(TEST_A) $(ALL_A)
$(filter $(BUILD)/tests/sim/%,$(MODEL)): $(STAGE)

$(UNIT) $(MODEL) $(FAULT): %: %.o
	$(call say,LINK,$@)
	$(Q)$(PROGRAM) $(call wraps,$(patsubst $(BUILD)/%,%.c,$@)) -o $@ $(filter %.o,$^) \
	  -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(TEST_LIBS)

# The libraries of those peers that are installed.
$(BUILD)/bench: $(BENCH) $(TEST_A) $(ALL_A)
	$(call say,LINK,$@)
	$(Q)$(PROGRAM) -o $@ $(BENCH) -Wl,--start-group $(TEST_A) $(ALL_A) -Wl,--end-group $(TEST_LIBS) -lm \
	  $$($(PKG_CONFIG) --libs libpq 2> /dev/null) $$($(PKG_CONFIG) --libs sqlite3 2> /dev/null)

$(BUILD)/instructions: $(COUNTED) $(TEST_A) $(FLOORS_A)
	$(call say,LINK,$@)
	$(Q)$(PROGRAM) -o $@ $(COUNTED) -Wl,--start-group $(TEST_A) $(FLOORS_A) -Wl,--end-group $(TEST_LIBS)

# The daemon as it is, but for the one function through which its writer reaches the ledger.
$(BUILD)/nullcustodyd: $(BUILD)/daemon/main.o $(NULLD) $(FLOORS_A)
	$(call say,LINK,$@)
	$(Q)$(PROGRAM) -Wl,--wrap=submit_batch -o $@ $(filter %.o,$^) -Wl,--start-group $(FLOORS_A) -Wl,--end-group $(DAEMON_LIBS)

$(BUILD)/cycles: $(CYCLE) $(CLIENT_A)
	$(call say,LINK,$@)
	$(Q)$(PROGRAM) -o $@ $(CYCLE) $(CLIENT_A) $(LIB_LIBS)

# libcustody and what it needs, but for libzmq, libsodium and libcrypto, within the program.
$(BUILD)/light: $(LIGHT) $(CLIENT_A)
	$(call say,LINK,$@)
	$(Q)$(PROGRAM) -o $@ $(LIGHT) $(CLIENT_A) -Wl,-Bstatic -lprotobuf-c -ljansson -Wl,-Bdynamic $(LIB_LIBS)

$(BUILD)/month: $(REGION) $(TEST_A) $(ALL_A)
	$(call say,LINK,$@)
	$(Q)$(PROGRAM) -o $@ $(REGION) -Wl,--start-group $(TEST_A) $(ALL_A) -Wl,--end-group $(TEST_LIBS)

$(BUILD)/storm: $(STORM) $(TEST_A) $(ALL_A)
	$(call say,LINK,$@)
	$(Q)$(PROGRAM) -o $@ $(STORM) -Wl,--start-group $(TEST_A) $(ALL_A) -Wl,--end-group $(TEST_LIBS)

# Under `make fuzz` and `make fuzz-afl` the compiler brings the main program, elsewhere tests/fuzz/main.c replays the corpus.
FUZZ_MAIN := $(if $(filter fuzz afl,$(MODE)),,$(BUILD)/tests/fuzz/main.o)
$(REPLAY): %: %.o $(FUZZ_MAIN)
	$(call say,LINK,$@)
	$(Q)$(PROGRAM) $(if $(FUZZ_MAIN),,-fsanitize=fuzzer) -o $@ $< $(FUZZ_MAIN) \
	  -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(TEST_LIBS)

# --- running things ------------------------------------------------------------------------------

RUN = BUILD=$(BUILD) tests/lib/run --timeout $(TIMEOUT)

## demo: a small region's day on a throw-away ledger; MONTH=1 a whole region's month
demo: all $(if $(MONTH),$(BUILD)/month)
	@BUILD=$(BUILD) deploy/demo/$(if $(MONTH),month,demo).sh

## check: all tests; the strangers only if their packages are there
check: all $(BUILD)/light $(UNIT) $(MODEL) $(FAULT) $(REPLAY)
	@lacking=; $(if $(STRANGERS),lacking=$$($(call missing,strangers));) \
	$(RUN) $(UNIT) $(MODEL) $(FAULT) $(REPLAY) $(SYSTEM) \
	  $${lacking:+--skip "not installed: $$lacking; see make check-strangers"} $(STRANGERS)

## check-unit: one program per module, and the fuzz corpus
check-unit: $(UNIT) $(FAULT) $(REPLAY)
	@$(RUN) $^

## check-model: random histories against a reference; SEED=n repeats one
check-model: $(MODEL)
	@$(RUN) $^

## check-convergence: thousands of random histories in many orders; WORLDS=n, SEED=n
check-convergence: $(BUILD)/tests/model/test_convergence
	@CONVERGENCE=$(or $(WORLDS),200) BUILD=$(BUILD) tests/lib/run --timeout 3600 $<

## check-sim: simulated worlds of one daemon and several devices, stepped clocks, a bad network; SEEDS=n, SEED=n
check-sim: $(BUILD)/tests/sim/test_sim $(BUILD)/tests/model/test_threads
	@$(if $(wildcard /dev/shm/.),TMPDIR=/dev/shm) SIMULATION=$(or $(SEEDS),3000) BUILD=$(BUILD) tests/lib/run --timeout 7200 --jobs 1 $^

## check-fault: power losses, kills, failing calls, no memory, flipped bits; FAULTS=n of each, or all; SEED=n
check-fault: $(FAULT)
	@CAMPAIGN=$(or $(FAULTS),all) BUILD=$(BUILD) tests/lib/run --timeout 7200 $^

## check-storm: attacks, and what honest clients notice; SECONDS=n of each (3), ONLY='hellos largest'
check-storm: all $(BUILD)/storm
	@BUILD=$(BUILD) STORM_SECONDS=$(SECONDS) $(BUILD)/storm $(ONLY)

## check-system: the real daemon
check-system: all $(BUILD)/light
	@$(RUN) $(SYSTEM)

## check-strangers: clients and verifiers in Python and Go that share no code with us
check-strangers: all
	@$(RUN) $(STRANGERS)

## check-leaks: a thousand times connect, submit, ask, close, daemon and client under valgrind; CYCLES=n
check-leaks: all $(BUILD)/cycles
	@CYCLES=$(or $(CYCLES),1000) BUILD=$(BUILD) tests/lib/run --timeout 3600 tests/leaks/cycles.py

# The client alone is built for it: the daemon stays on the machine that the test runs on. Emulated, the trees of test_merkle take minutes.
CROSS         := build/aarch64
CROSS_SYSROOT := $(CURDIR)/build/sysroot-arm64/tree
CROSS_UNIT    := $(patsubst proto/%.c,$(CROSS)/tests/unit/test_%,$(foreach c,$(filter-out %/merkle.c,$(wildcard proto/*.c)),$\
  $(if $(wildcard tests/unit/test_$(notdir $c)),$c)))
EMULATOR      := qemu-aarch64 -L $(CROSS_SYSROOT)

## check-aarch64: the client built for aarch64, run by qemu against a daemon of this machine
check-aarch64: all build/sysroot-arm64/made
	+@$(MAKE) --no-print-directory NODEPS=1 SANITIZE= BUILD=$(CROSS) CC='aarch64-linux-gnu-gcc --sysroot=$(CROSS_SYSROOT)' \
	  AR=aarch64-linux-gnu-ar $(CROSS)/custody $(CROSS)/light check-aarch64-tests
	@for program in custody light; do printf '#!/bin/sh\nexec $(EMULATOR) $(CURDIR)/$(CROSS)/%s "$$@"\n' $$program > $(CROSS)/$$program-emulated; \
	  chmod +x $(CROSS)/$$program-emulated; done
	@EMULATOR='$(EMULATOR)' BUILD=$(BUILD) CUSTODY=$(CURDIR)/$(CROSS)/custody-emulated LIGHT=$(CURDIR)/$(CROSS)/light \
	  tests/lib/run --timeout 400 $(CROSS_UNIT) tests/system/test_light.py tests/system/test_evidence.py

check-aarch64-tests: $(CROSS_UNIT)

build/sysroot-arm64/made: deploy/cross-sysroot.sh deploy/packages
	$(call say,SYSROOT,$(@D))
	$(Q)deploy/cross-sysroot.sh arm64 $(@D) libcmocka-dev \
	  $$(awk '/^\[/ { on = $$0 == "[build]" } on && /-dev$$/' deploy/packages)
	@touch $@

## check-monitoring: Prometheus' own tool on figures, alert rules and dashboard
check-monitoring: all
	@$(RUN) $(MONITORING)

## bench: speed, beside its peers; QUICK=1 for a short run
bench: all $(if $(BENCH),$(BUILD)/bench $(BUILD)/nullcustodyd)
	@$(if $(BENCH),BUILD=$(BUILD) $(BUILD)/bench,echo 'no benchmark yet')

## bench-instructions: what each thing costs in instructions, against what is kept; ACCEPT=1 keeps the new figures
bench-instructions: $(BUILD)/instructions
	@python3 tests/instructions/count.py $< tests/bench/instructions.txt $(if $(ACCEPT),accept)

## fuzz: every parser of foreign bytes by libFuzzer; FUZZ_SECONDS=n for each (30), ONLY='door card'
fuzz: $(REPLAY)
	@BUILD=$(BUILD) FUZZ_SECONDS=$(FUZZ_SECONDS) tests/lib/fuzz $(sort $(REPLAY))

## fuzz-afl: the way from the door to the reply by AFL++; FUZZ_SECONDS=n (300)
fuzz-afl: $(BUILD)/tests/fuzz/fuzz_door
	@rm -rf $(BUILD)/found
	@work=$$(mktemp -d /dev/shm/custody-afl.XXXXXX) && trap "rm -rf $$work" EXIT && \
	TMPDIR=$$work AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
	ASAN_OPTIONS=abort_on_error=1:symbolize=0:detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1 \
	afl-fuzz -V $(or $(FUZZ_SECONDS),300) -t 5000 -m none -i tests/fuzz/corpus/door -o $(BUILD)/found $< > $(BUILD)/afl.log 2>&1 || \
	  { tail -n 30 $(BUILD)/afl.log; exit 1; }
	@grep -E '^(execs_done|execs_per_sec|corpus_count|edges_found|total_edges|saved_crashes|saved_hangs)' $(BUILD)/found/default/fuzzer_stats
	@grep -q '^saved_crashes *: 0$$' $(BUILD)/found/default/fuzzer_stats

# Lines run in each file of the house, and in all that were linked.
print_coverage = find $(BUILD) -name '*.gcda' -not -path '$(BUILD)/tests/*' | sort | xargs -r gcov -n 2> /dev/null | awk -F"[':% ]+" ' \
	  $$1 == "File" { file = $$2 } \
	  $$1 == "Lines" && file ~ /^(proto|daemon|client)\/.*\.c$$/ { \
	    printf "%6.1f %%  of %5d lines  %s\n", $$3, $$5, file; all += $$5; ran += $$3 * $$5 / 100 } \
	  { if ($$1 == "Lines") file = "" } \
	  END { if (all) printf "%6.1f %%  of %5d lines\n", 100 * ran / all, all }'

## coverage: run the tests in a build that counts, and print the share of lines run in each file
coverage: all $(UNIT) $(MODEL) $(FAULT) $(REPLAY)
	@find $(BUILD) -name '*.gcda' -delete
	@$(RUN) $(UNIT) $(MODEL) $(FAULT) $(REPLAY) $(SYSTEM)
	@$(print_coverage)

## fuzz-coverage: the share of lines that the fuzz corpus reaches in each file; ONLY='door card'
fuzz-coverage: $(REPLAY)
	@find $(BUILD) -name '*.gcda' -delete
	@$(RUN) $(REPLAY)
	@$(print_coverage)

# --- installing ----------------------------------------------------------------------------------
# One list for both directions; each item is mode:source:target.

SBINDIR := $(PREFIX)/sbin
BINDIR  := $(PREFIX)/bin
files = $(foreach f,$(wildcard $(2)),$(1):$(f):$(3)/$(or $(4),$(notdir $(f))))
INSTALLED := \
  $(if $(wildcard daemon/main.c),0755:$(BUILD)/custodyd:$(SBINDIR)/custodyd) \
  $(if $(wildcard client/cli/main.c),0755:$(BUILD)/custody:$(BINDIR)/custody) \
  $(if $(PAPER_LIBS),0755:$(BUILD)/custody-paper:$(BINDIR)/custody-paper) \
  $(if $(wildcard client/lib/*.c),0644:$(BUILD)/libcustody.a:$(LIBDIR)/libcustody.a \
    0755:$(BUILD)/libcustody.so:$(LIBDIR)/$(SONAME) 0644:$(BUILD)/custody.pc:$(LIBDIR)/pkgconfig/custody.pc) \
  $(call files,0644,include/custody/*.h,$(INCLUDEDIR)/custody) \
  $(foreach n,1 5 7 8,$(call files,0644,daemon/*.$(n) client/cli/*.$(n) client/lib/*.$(n) client/paper/*.$(n),$(MANDIR)/man$(n))) \
  $(call files,0644,proto/custody.proto proto/PROTOCOL.md deploy/OPERATIONS.md,$(DATADIR)/custody) \
  $(call files,0644,deploy/profiles/*,$(DATADIR)/custody/profiles) \
  $(call files,0644,deploy/catalogues/*,$(DATADIR)/custody/catalogues) \
  $(call files,0644,deploy/monitoring/*,$(DATADIR)/custody/monitoring) \
  $(call files,0644,deploy/completions/custody.bash,$(DATADIR)/bash-completion/completions,custody) \
  $(call files,0644,deploy/completions/_custody,$(DATADIR)/zsh/vendor-completions) \
  $(call files,0644,deploy/completions/custody.fish,$(DATADIR)/fish/vendor_completions.d) \
  $(call files,0644,deploy/*.sample,$(SYSCONFDIR)/custodyd) \
  $(call files,0644,deploy/*.service deploy/*.timer deploy/*.socket,$(UNITDIR)) \
  $(call files,0644,deploy/*sysusers*.conf,$(PREFIX)/lib/sysusers.d,custodyd.conf) \
  $(call files,0644,deploy/*tmpfiles*.conf,$(PREFIX)/lib/tmpfiles.d,custodyd.conf)

## install: into DESTDIR and PREFIX (SYSCONFDIR LIBDIR MANDIR UNITDIR)
install: all
	@for item in $(INSTALLED); do \
	  mode=$${item%%:*}; item=$${item#*:}; source=$${item%%:*}; target='$(DESTDIR)'$${item#*:}; \
	  echo "  $$target"; $(INSTALL) -D -m $$mode $$source $$target || exit 1; \
	  case $$source in deploy/*.service) \
	    sed -i 's|/usr/sbin/|$(SBINDIR)/|g; s|/etc/custodyd|$(SYSCONFDIR)/custodyd|g' $$target || exit 1;; esac; done
	$(if $(wildcard client/lib/*.c),@ln -sf $(SONAME) '$(DESTDIR)$(LIBDIR)/libcustody.so')
	$(if $(DESTDIR),,@ldconfig 2> /dev/null || true)

## uninstall: remove what install put there; configuration and ledgers stay
uninstall:
	@for item in $(INSTALLED); do \
	  target='$(DESTDIR)'$${item##*:}; echo "  $$target"; rm -f $$target || exit 1; done
	@rm -f '$(DESTDIR)$(LIBDIR)/libcustody.so'
	@rmdir $(foreach d,$(INCLUDEDIR)/custody $(DATADIR)/custody/profiles $(DATADIR)/custody/catalogues $(DATADIR)/custody/monitoring \
	  $(DATADIR)/custody $(SYSCONFDIR)/custodyd,'$(DESTDIR)$(d)') 2> /dev/null || true

## deb: Debian packages in build/deb, read by lintian; TWICE=1 builds twice and compares; DEB_BUILD_OPTIONS=nocheck
deb:
	@deploy/deb-build.sh

## deb-bundle: the packages and all that they need in one folder, for a machine without a network
deb-bundle: deb
	@deploy/deb-bundle.sh

## check-deb: found, use, upgrade, remove and purge them in a fresh Debian without a network; needs root
check-deb: deb-bundle
	@deploy/deb-check.sh

## clean: remove everything that was built
clean:
	rm -rf build

## help: this list
help:
	@sed -n 's/^## \([a-z-]*\): \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r t w; do printf '  make %-16s %s\n' "$$t" "$$w"; done

# --- lint ----------------------------------------------------------------------------------------

LINT_C      := $(wildcard $(addsuffix /*.[ch],proto include/custody daemon daemon/* client/* tests/*))
LINT_H      := $(filter %.h,$(LINT_C))
LINT_SHELL  := $(wildcard .ci/run deploy/completions/custody.bash tests/lib/run tests/lib/fuzz tests/*/*.sh deploy/*.sh deploy/*/*.sh) \
  $(filter-out %/control,$(wildcard deploy/debian/tests/*)) \
  $(filter-out %/layers %/pure-symbols,$(wildcard tests/lint/*))
LINT_TEXT   := $(LINT_C) $(LINT_SHELL) $(PROTOS) Makefile deploy/packages \
  $(wildcard README.md proto/*.md deploy/OPERATIONS.md tests/*/*.py tests/*/*.go deploy/*.service deploy/*.timer deploy/*.sample deploy/*.conf)
LINT_PARTS  := layers purity names tests headers format tidy cppcheck shell comments
LINT_HOUSE  := $(filter-out $(GENERATED),$(PROTO)) $(BASE) $(DOMAIN) $(LEDGER) $(SERVICE) $(SERVER) \
  $(TOP) $(CLIENT) $(CLI) $(PAPER)
LINT_TIDY   := $(patsubst %.o,%.tidy,$(LINT_HOUSE) $(TESTLIB) $(BENCH) $(COUNTED) $(NULLD) $(CYCLE) $(LIGHT) $(DRILL) $(STORM) $(filter-out %/disk.o,$(STAGE)) \
  $(addsuffix .o,$(UNIT) $(MODEL) $(FAULT) $(REPLAY)))

.PHONY: lint $(LINT_PARTS:%=lint-%) format

## lint: layers purity names tests headers format tidy cppcheck shell comments; each also as lint-<name>
lint: $(LINT_PARTS:%=lint-%)
	@echo 'lint: nothing to complain about'

lint-layers:
	$(call say,LINT,layers)
	$(Q)tests/lint/layers $(LINT_C)

lint-purity: $(PROTO) $(DOMAIN)
	$(call say,LINT,purity)
	$(Q)tests/lint/purity $^

lint-names: $(LINT_HOUSE) $(filter %.so,$(PRODUCTS))
	$(call say,LINT,names)
	$(Q)BUILD=$(BUILD) tests/lint/names $(filter %.o,$^)

lint-tests:
	$(call say,LINT,tests)
	$(Q)tests/lint/tests

# A header that compiles alone may be included first.
lint-headers: $(GENERATED_H)
	$(call say,LINT,headers)
	$(Q)for h in $(LINT_H); do \
	  printf '#include "%s"\ntypedef int not_empty;\n' $$h | $(COMPILE) $(WARNINGS) -Werror -fsyntax-only -x c - || exit 1; done

lint-format:
	$(call say,LINT,format)
	$(Q)$(if $(LINT_C),clang-format --dry-run -Werror $(LINT_C))

lint-tidy: $(LINT_TIDY)

# Tests multiply small constants freely and copy texts without their end; and the analyzer does not
# know that a failed assertion of cmocka does not come back.
LAX := -bugprone-implicit-widening-of-multiplication-result,-bugprone-not-null-terminated-result,$\
-clang-analyzer-core.NullDereference,-clang-analyzer-core.NonNullParamChecker,$\
-clang-analyzer-core.uninitialized.*,-clang-analyzer-core.CallAndMessage,$\
-clang-analyzer-core.UndefinedBinaryOperatorResult

# The object stands for the headers: it is as new as the newest that the source includes.
$(BUILD)/%.tidy: %.c $(BUILD)/%.o .clang-tidy
	$(call say,TIDY,$<)
	$(Q)clang-tidy --quiet $(if $(filter tests/%,$<),--checks=$(LAX)) $< -- $(LANGUAGE) $(INCLUDES) 2> $@.err || { cat $@.err; exit 1; }
	@rm -f $@.err; touch $@

# Across files it takes the buffer that snprintf writes for one that is read (tempdir.c).
lint-cppcheck: $(GENERATED_H)
	$(call say,LINT,cppcheck)
	@mkdir -p $(BUILD)/cppcheck
	$(Q)$(if $(LINT_C),cppcheck --enable=warning$(comma)performance$(comma)portability --std=c11 \
	  --error-exitcode=1 --inline-suppr --quiet -j $(JOBS) --cppcheck-build-dir=$(BUILD)/cppcheck \
	  --suppress='*:$(BUILD)/*' --suppress='ctuuninitvar:tests/lib/tempdir.c' -D_GNU_SOURCE -DPROTOBUF_C_VERSION_NUMBER=1004001 \
  -DPROTOBUF_C_MIN_COMPILER_VERSION=1000000 -I. -Iinclude -I$(BUILD) $(filter %.c,$(LINT_C)))

lint-shell:
	$(call say,LINT,shell)
	$(Q)shellcheck --severity=warning $(LINT_SHELL)

lint-comments:
	$(call say,LINT,comments)
	$(Q)tests/lint/comments $(LINT_TEXT)

## format: lay out the C sources as .clang-format says; FILES='a.c b.h' only these
format:
	clang-format -i $(or $(FILES),$(LINT_C))

-include $(patsubst %.o,%.d,$(filter %.o,$(PROTO) $(BASE) $(DOMAIN) $(LEDGER) $(SERVICE) $(SERVER) $(TOP) \
  $(CLIENT) $(CLI) $(PAPER) $(TESTLIB) $(BENCH) $(COUNTED) $(NULLD) $(CYCLE) $(LIGHT) $(DRILL) $(STORM) $(STAGE)) $(BUILD)/daemon/main.o $(BUILD)/client/cli/main.o $(BUILD)/client/paper/main.o \
  $(addsuffix .o,$(UNIT) $(MODEL) $(FAULT) $(REPLAY)))
