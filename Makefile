# drplan's build. Two targets matter to a newcomer: `make demo` and `make check`; both install what is missing.
#
#   make            the program, ./drplan            make SAN=1      the same under ASan and UBSan
#   make check      build, unit, golden, wire, end-to-end tests, lint; ends on a line with the counts
#   make demo       plan, apply, change and destroy the example on the built-in simulator
#   make unit-ROOM  the unit tests of one room       make e2e ARGS=  the end-to-end tests alone
#   make install    binary, man page, completions    make bench      times, calls, memory
#   make check-faults   all kills and failing calls; make check-matrix: every property; check takes samples of both
#   make fuzz       each fuzzer for FUZZ_SECONDS     make gen        the committed tables again
#
# B is the build folder: set it to keep two builds apart.

B       ?= build
PREFIX  ?= /usr/local
CC      ?= gcc
HOSTPY  ?= python3
VERSION := 0.1.0

# VERBOSE=1 shows the commands.
Q := $(if $(VERBOSE),,@)
say = @printf '  %-5s %s\n' $(1) $(2)

# An environment without DEPS=no may run the package manager; see tools/deps.sh.
CSTD     = -std=c11 -D_GNU_SOURCE
WARN     = -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Werror
# No unwind tables in the program: nothing throws, and a debugger reads those of -g.
OPT      = -O2 -g -fno-asynchronous-unwind-tables
# The rooms that read and write bytes are made fast; of the others a small one is as fast (measured on 10,000 resources).
SMALLROOMS = cmd stacks planner state providers/local providers/sim providers/aws/verbs
HARDEN   = -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE -fno-strict-aliasing
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
INC      = -I. -DDRPLAN_VERSION='"$(VERSION)"'
LIBS     = -lcurl -lssl -lcrypto -lyaml -lsqlite3 -lexpat -lpcre2-8 -lz -lzip -lm

# Two variants of every object: plain, and san for the tests.
ifeq ($(SAN),1)
V := san
else
V ?= plain
endif
CFLAGS_plain = $(OPT) $(HARDEN)
CFLAGS_san   = -O1 -g $(SANITIZE)
LDFLAGS_plain = -pie -Wl,-z,relro,-z,now,-z,pack-relative-relocs -Wl,--as-needed
LDFLAGS_san   = $(SANITIZE)
O := $(B)/$(V)
$(SMALLROOMS:%=$(B)/plain/%/%.o): OPT += -Os

ROOMS    = base model stacks planner state providers providers/local providers/sim providers/aws providers/aws/verbs providers/aws/model
TYPEC    = $(wildcard providers/aws/typec*.c)
LIBSRC   = $(filter-out $(TYPEC),$(wildcard $(ROOMS:%=%/*.c)))
CMDSRC   = $(wildcard cmd/*.c)
TYPES    = $(sort $(wildcard providers/*/types/*.types))
GEN      = $(B)/gen/facts.c $(B)/gen/calls.c $(B)/gen/simfacts.c
# What the compiler of type texts stands on: never the tables that it makes.
TYPECLIB = $(wildcard base/*.c stacks/yaml*.c) $(wildcard providers/aws/model/*.c) $(wildcard providers/aws/wiremodel*.c) \
           $(wildcard model/schema*.c) $(wildcard model/normal*.c) model/package.c

LIBOBJ   = $(LIBSRC:%.c=$(O)/%.o) $(GEN:$(B)/gen/%.c=$(O)/gen/%.o)
CMDOBJ   = $(filter-out $(O)/cmd/main.o,$(CMDSRC:%.c=$(O)/%.o))

.PHONY: all demo check check-unit check-golden check-wire check-e2e check-faults check-matrix lint deps unit unit-% wire e2e golden bench fuzz \
        gen gen-check install clean format FORCE
all: drplan

drplan: $(O)/drplan
	@cp $< $@.tmp && mv $@.tmp $@

$(O)/drplan: $(O)/cmd/main.o $(CMDOBJ) $(O)/libdrplan.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_$(V)) -o $@ $^ $(LIBS)

$(O)/libdrplan.a: $(LIBOBJ)
	@rm -f $@
	$(call say,AR,$@)
	$(Q)ar rcsP $@ $^

$(O)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CSTD) $(WARN) $(CFLAGS_$(V)) $(INC) -MMD -MP -c -o $@ $<

$(O)/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CSTD) $(WARN) $(CFLAGS_$(V)) $(INC) -MMD -MP -c -o $@ $<

# --- the type texts, compiled to tables by our own host program ---------------------------------------------------
H := $(B)/host
$(H)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CSTD) $(WARN) -O1 -g $(INC) -MMD -MP -c -o $@ $<

$(B)/typec: $(TYPEC:%.c=$(H)/%.o) $(TYPECLIB:%.c=$(H)/%.o)
	$(call say,LINK,$@)
	$(Q)$(CC) -o $@ $^ -lcrypto -lyaml -lexpat -lpcre2-8 -lzip -lm

$(B)/gen/stamp: $(B)/typec $(TYPES)
	@mkdir -p $(@D)
	$(call say,TYPES,$(B)/gen)
	$(Q)$(B)/typec --out $(B)/gen $(TYPES)
	@touch $@
$(GEN): $(B)/gen/stamp ;

# --- tests ---------------------------------------------------------------------------------------------------------
UNITSRC  = $(wildcard tests/unit/test_*.c)
UNITBIN  = $(UNITSRC:tests/unit/%.c=$(B)/san/unit/%)
$(B)/san/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(B)/san/libdrplan.a
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(CSTD) $(WARN) $(CFLAGS_san) $(INC) -DTEST_DATA='"$(CURDIR)/tests/unit/data"' -o $@ $< $(B)/san/libdrplan.a $(LIBS) -lcmocka

$(B)/plain/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(B)/plain/libdrplan.a
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(CSTD) $(WARN) $(CFLAGS_plain) $(INC) -DTEST_DATA='"$(CURDIR)/tests/unit/data"' -o $@ $< $(B)/plain/libdrplan.a $(LIBS) -lcmocka

ifneq ($(V),san)
$(B)/san/libdrplan.a $(B)/san/drplan: FORCE
	@$(MAKE) --no-print-directory SAN=1 B=$(B) $@
endif
FORCE:

unit: $(UNITBIN)
	tests/unit/run.sh $(UNITBIN)
unit-%: FORCE
	@$(MAKE) --no-print-directory B=$(B) UNITSRC='$(sort $(wildcard tests/unit/test_$*.c) $(wildcard tests/unit/test_$*_*.c))' unit

golden: $(O)/drplan $(B)/venv/stamp
	$(B)/venv/bin/python tests/golden/run.py --drplan $(O)/drplan tests/golden $(ARGS)

wire: $(B)/venv/stamp $(O)/libdrplan.a
	tests/wire/run.sh $(B) $(CASES)

e2e: $(O)/drplan $(B)/venv/stamp
	DRPLAN=$(abspath $(O)/drplan) $(B)/venv/bin/python -m pytest tests/e2e -q -n 3 $(ARGS)

# Each property of each type changed and removed alone; `make check` takes a sample of these.
check-matrix: $(O)/drplan $(B)/venv/stamp
	E2E=all DRPLAN=$(abspath $(O)/drplan) $(B)/venv/bin/python -m pytest tests/e2e -q -n 3 $(ARGS)
# Every kill and every failing call, where check takes a sample; the seeds without sanitizers, which check has them with.
# Long: FAULT_PART=2/5 is every fifth case from the second on, FAULT_JOBS how many are gone through beside each other.
FAULTTESTS = $(addprefix tests/e2e/test_,faults.py kills.py runbook_kills.py rollback.py recovery_types.py)
check-faults: $(O)/drplan $(B)/venv/stamp $(B)/san/unit/test_state_vfs $(B)/plain/unit/test_planner_chaos
	FAULTS=all $(B)/san/unit/test_state_vfs
	FAULTS=all $(B)/plain/unit/test_planner_chaos
	FAULTS=all DRPLAN=$(abspath $(O)/drplan) $(B)/venv/bin/python -m pytest $(FAULTTESTS) -q $(ARGS)

# The tests' Python packages, pinned; none is part of the product.
$(B)/venv/stamp: tests/requirements.txt
	$(HOSTPY) -m venv $(B)/venv
	$(B)/venv/bin/pip install -q --disable-pip-version-check -r tests/requirements.txt
	@touch $@

check: deps
	@tests/check.sh $(B)

lint:
	@tools/lint.sh $(B)

# --- generated tables that are committed ---------------------------------------------------------------------------
gen:
	tools/gen.sh $(B)
gen-check:
	tools/gen.sh $(B) --check

# --- the rest --------------------------------------------------------------------------------------------------------
deps:
	@tools/deps.sh

demo: deps
	@$(MAKE) --no-print-directory -s drplan
	@examples/demo.sh ./drplan

bench: $(O)/drplan $(B)/venv/stamp
	DRPLAN=$(abspath $(O)/drplan) $(B)/venv/bin/python tests/bench/bench.py $(ARGS)

FUZZ_SECONDS ?= 10
FUZZERS = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
$(B)/fuzz/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)
	$(Q)clang $(CSTD) -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all $(INC) -MMD -MP -c -o $@ $<
$(B)/fuzz/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)
	$(Q)clang $(CSTD) -O1 -g -fsanitize=fuzzer-no-link,address,undefined $(INC) -c -o $@ $<
$(B)/fuzz/libdrplan.a: $(LIBSRC:%.c=$(B)/fuzz/%.o) $(GEN:$(B)/gen/%.c=$(B)/fuzz/gen/%.o)
	@rm -f $@
	$(call say,AR,$@)
	$(Q)ar rcsP $@ $^
$(B)/fuzz/bin/%: tests/fuzz/%.c $(B)/fuzz/libdrplan.a
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)
	$(Q)clang $(CSTD) -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all $(INC) -o $@ $< $(B)/fuzz/libdrplan.a $(LIBS)
fuzz: $(FUZZERS:%=$(B)/fuzz/bin/%)
	tests/fuzz/run.sh $(B) $(FUZZ_SECONDS) $(FUZZERS)

install: $(O)/drplan
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	install -s -m 755 $(O)/drplan $(DESTDIR)$(PREFIX)/bin/drplan
	install -m 644 docs/drplan.1 $(DESTDIR)$(PREFIX)/share/man/man1/drplan.1
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
	        $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(O)/drplan completion bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/drplan
	$(O)/drplan completion zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_drplan
	$(O)/drplan completion fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/drplan.fish

format:
	clang-format -i $$(git ls-files '*.c' '*.h' | grep -v _gen)

clean:
	rm -rf $(B) drplan

-include $(shell find $(B) -name '*.d' 2>/dev/null)
