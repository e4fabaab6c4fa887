# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzzing. `make check` runs each target over its seeds and over mutated inputs of its own making, the same ones each time. `make fuzz`
# gives them to libFuzzer, where there is a clang, for FUZZ_SECONDS each; `make fuzz FUZZ_TARGETS=answer` gives it one alone. What it
# finds stays in fuzz/; `make fuzz-coverage` tells which lines of the house all of that reaches.
FUZZ_CLANG = clang
FUZZ_SECONDS = 300
FUZZ_TARGETS = translate merge leasefile mapfile control names settings answer reply policy http
FUZZ_CFLAGS = -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined

fuzz_inspect = tests/fuzz/inspect.c tests/fuzz/inspect-rules.c tests/fuzz/inspect.h
fuzz_forge = tests/fuzz/forge.c tests/fuzz/forge-data.c tests/fuzz/forge-draft.h tests/fuzz/forge.h
# in the place of a fuzzer; the packet core has one that makes packets of its own
fuzz_random = tests/fuzz/random.c tests/fuzz/choices.h

EXTRA_DIST += tests/fuzz/seeds

# The packet core.
check_PROGRAMS += tests/fuzz/translate-random
tests_fuzz_translate_random_SOURCES = tests/fuzz/translate-random.c $(fuzz_translate)
tests_fuzz_translate_random_LDADD = libnat64core.a libconf.a
fuzz_translate = tests/fuzz/translate-fuzz.c tests/unit/nat64/core/packet-check.c tests/unit/nat64/core/packet-check.h
fuzz_translate_all = $(fuzz_translate) $(libnat64core_a_SOURCES) $(libconf_a_SOURCES)

# Packets that leave it together.
check_PROGRAMS += tests/fuzz/merge-random
fuzz_merge = tests/fuzz/merge-fuzz.c
tests_fuzz_merge_random_SOURCES = $(fuzz_random) $(fuzz_merge)
tests_fuzz_merge_random_LDADD = libnat64core.a
fuzz_merge_all = $(fuzz_merge) nat64/core/merge.c

# What nat64d reads: its leases, a map-file, and questions on its control socket.
check_PROGRAMS += tests/fuzz/leasefile-random tests/fuzz/mapfile-random
fuzz_leases = nat64/pool/leasefile.c nat64/pool/leases.c nat64/pool/leases_reclaim.c nat64/pool/leases_shared.c nat64/pool/leases_walk.c nat64/pool/lru.c nat64/pool/bitmap.c nat64/pool/pool.c nat64/pool/quota.c
fuzz_leasefile_all = tests/fuzz/leasefile-fuzz.c $(fuzz_leases) $(libnat64core_a_SOURCES) $(libconf_a_SOURCES)
tests_fuzz_leasefile_random_SOURCES = $(fuzz_random) tests/fuzz/leasefile-fuzz.c
tests_fuzz_leasefile_random_CPPFLAGS = $(AM_CPPFLAGS) $(URCU_CFLAGS)
tests_fuzz_leasefile_random_LDADD = libnat64d.a libnat64core.a libconf.a $(URCU_LIBS)
fuzz_mapfile_all = tests/fuzz/mapfile-fuzz.c $(libconf_a_SOURCES)
tests_fuzz_mapfile_random_SOURCES = $(fuzz_random) tests/fuzz/mapfile-fuzz.c
tests_fuzz_mapfile_random_LDADD = libconf.a
fuzz_control_all = tests/fuzz/control-fuzz.c $(fuzz_leases) nat64/daemon/answer.c nat64/daemon/answer_clients.c nat64/daemon/answer_counters.c nat64/control/control.c \
	nat64/daemon/device.c nat64/daemon/drop_sample.c nat64/daemon/fastpath_none.c nat64/daemon/flow.c nat64/daemon/learner.c nat64/pool/lock.c conf/log.c conf/systemd.c nat64/daemon/packetlog.c nat64/daemon/server.c nat64/daemon/state.c \
	nat64/daemon/worker.c kernel/holder.c kernel/queue_selector.c $(libnat64core_a_SOURCES) $(libconf_a_SOURCES)
if HAVE_JANSSON
check_PROGRAMS += tests/fuzz/control-random
tests_fuzz_control_random_SOURCES = $(fuzz_random) tests/fuzz/control-fuzz.c
tests_fuzz_control_random_CPPFLAGS = $(AM_CPPFLAGS) $(URCU_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_control_random_LDADD = libnat64d.a libkernel.a libnat64core.a libnat64control.a libconf.a $(MNL_LIBS) $(URCU_LIBS) $(JANSSON_LIBS) $(SYSTEMD_LIBS) $(BPF_LIBS)
endif

# The module's names.
check_PROGRAMS += tests/fuzz/names-random
fuzz_names = tests/fuzz/names-fuzz.c $(fuzz_inspect) module/names.c module/reverse.c
tests_fuzz_names_random_SOURCES = $(fuzz_random) $(fuzz_names)
tests_fuzz_names_random_LDADD = libconf.a
fuzz_names_all = $(fuzz_names) $(libconf_a_SOURCES)

# What a resolver answers to the command.
if RELAY
check_PROGRAMS += tests/fuzz/reply-random
fuzz_reply = tests/fuzz/reply-fuzz.c relay/ask/answer.c relay/ask/answer.h conf/printable.c conf/printable.h
tests_fuzz_reply_random_SOURCES = $(fuzz_random) $(fuzz_reply)
tests_fuzz_reply_random_CPPFLAGS = $(AM_CPPFLAGS) $(LDNS_CFLAGS)
tests_fuzz_reply_random_LDADD = $(LDNS_LIBS)
fuzz_reply_all = $(fuzz_reply)

# What a control plane answers to the command.
check_PROGRAMS += tests/fuzz/policy-random
fuzz_policy = tests/fuzz/policy-fuzz.c relay/setup/tailnet_merge.c relay/setup/tailnet_merge.h tailscale/hujson.c tailscale/hujson.h \
	tailscale/value.c tailscale/value.h
tests_fuzz_policy_random_SOURCES = $(fuzz_random) $(fuzz_policy)
tests_fuzz_policy_random_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_policy_random_LDADD = libconf.a $(JANSSON_LIBS)
fuzz_policy_all = $(fuzz_policy) $(libconf_a_SOURCES)

# What anybody sends to the listener of http-listen.
check_PROGRAMS += tests/fuzz/http-random
fuzz_http = tests/fuzz/http-fuzz.c
tests_fuzz_http_random_SOURCES = $(fuzz_random) $(fuzz_http)
tests_fuzz_http_random_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(MICROHTTPD_CFLAGS)
tests_fuzz_http_random_LDADD = libhttp.a libconf.a $(MICROHTTPD_LIBS) $(JANSSON_LIBS)
fuzz_http_all = $(fuzz_http) http/advice.c http/history.c http/openmetrics.c http/reply.c http/request.c http/routes.c http/snapshot.c http/text.c http/visitor.c \
	$(abs_builddir)/http/page.c $(libconf_a_SOURCES)
fuzz/http-fuzz: http/page.c

# relay.conf, and the unbound.conf that is made of it; the module against any upstream.
fuzz_settings = tests/fuzz/settings-fuzz.c
fuzz_settings_all = $(fuzz_settings) $(libunboundconf_a_SOURCES) $(libconf_a_SOURCES)
fuzz_answer = tests/fuzz/answer-fuzz.c tests/fuzz/answer-resolver.c tests/fuzz/answer-resolver.h tests/fuzz/answer-settings.c tests/fuzz/answer-settings.h tests/fuzz/choices.h \
	$(fuzz_forge) $(fuzz_inspect) tests/fuzz/second.c tests/fuzz/second.h $(fuzz_module)
# without its guard, which looks for the Unbound that it was built for among the constants of the program, and without the look-ups that enter
# Unbound's mesh by themselves: answer-resolver.c has both
fuzz_module_unguarded = $(module_splitdns_so_SOURCES:module/abi_check.c=)
fuzz_module = $(fuzz_module_unguarded:module/apart.c=)
fuzz_answer_all = $(fuzz_answer) $(libconf_a_SOURCES)
if HAVE_LIBUNBOUND
check_PROGRAMS += tests/fuzz/settings-random tests/fuzz/answer-random
tests_fuzz_settings_random_SOURCES = $(fuzz_random) $(fuzz_settings)
tests_fuzz_settings_random_CPPFLAGS = $(AM_CPPFLAGS) $(unbound_cppflags)
tests_fuzz_settings_random_LDADD = libunboundconf.a libconf.a $(LIBUNBOUND_LIBS)
tests_fuzz_answer_random_SOURCES = $(fuzz_random) $(fuzz_answer)
tests_fuzz_answer_random_CPPFLAGS = $(AM_CPPFLAGS) $(unbound_cppflags) $(LDNS_CFLAGS)
tests_fuzz_answer_random_LDADD = libconf.a $(LIBUNBOUND_LIBS) $(LDNS_LIBS)
endif

# What every target is compiled with; those that need no Unbound do not mind it.
fuzz_compile = $(FUZZ_CLANG) $(FUZZ_CFLAGS) $(DEFS) -D_GNU_SOURCE $(PATH_CPPFLAGS) $(unbound_cppflags) -I. -I$(abs_builddir)
fuzz_libraries = $(LIBUNBOUND_LIBS) $(LDNS_LIBS) $(URCU_LIBS) $(JANSSON_LIBS) $(MICROHTTPD_LIBS) $(SYSTEMD_LIBS)

fuzz: $(FUZZ_TARGETS:%=fuzz-%)
$(FUZZ_TARGETS:%=fuzz-%): fuzz-%: fuzz/%-fuzz
	$(MKDIR_P) fuzz/$*
	cd fuzz && ./$*-fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -timeout=20 -print_final_stats=1 $* $(fuzz_seeds_$*)
fuzz_seeds_leasefile = $(abs_srcdir)/tests/fuzz/seeds/leasefile
fuzz_seeds_mapfile = $(abs_srcdir)/tests/fuzz/seeds/mapfile
fuzz_seeds_control = $(abs_srcdir)/tests/fuzz/seeds/control
fuzz_seeds_names = $(abs_srcdir)/tests/fuzz/seeds/names
fuzz_seeds_settings = $(abs_srcdir)/tests/fuzz/seeds/settings
fuzz_seeds_answer = $(abs_srcdir)/tests/fuzz/seeds/answer
fuzz_seeds_policy = $(abs_srcdir)/tests/fuzz/seeds/policy
fuzz_seeds_http = $(abs_srcdir)/tests/fuzz/seeds/http
fuzz_seeds_reply = $(abs_srcdir)/tests/fuzz/seeds/reply

# Made anew each time: it takes seconds, and fuzzing takes hours.
$(FUZZ_TARGETS:%=fuzz/%-fuzz): fuzz/%-fuzz: fuzz-seeds
	@command -v $(FUZZ_CLANG) >/dev/null || { echo "no $(FUZZ_CLANG): apt-get install clang libclang-rt-dev" >&2; exit 1; }
	@ls "$$($(FUZZ_CLANG) -print-runtime-dir)"/libclang_rt.fuzzer*.a >/dev/null 2>&1 || \
		{ echo "no libFuzzer for $(FUZZ_CLANG): apt-get install libclang-rt-dev" >&2; exit 1; }
	cd $(srcdir) && $(fuzz_compile) -o $(abs_builddir)/$@ $(filter %.c,$(fuzz_$*_all)) $(fuzz_libraries)
fuzz-seeds: tests/fuzz/translate-random
	$(MKDIR_P) fuzz/translate
	tests/fuzz/translate-random --corpus fuzz/translate

# Which lines the inputs found so far reach: the targets once more, with clang's own count.
fuzz-coverage:
	for target in $(FUZZ_TARGETS); do \
		$(MAKE) --no-print-directory fuzz-coverage-$$target || exit 1; \
	done
$(FUZZ_TARGETS:%=fuzz-coverage-%): fuzz-coverage-%: fuzz-seeds
	cd $(srcdir) && $(fuzz_compile) -fprofile-instr-generate -fcoverage-mapping -o $(abs_builddir)/fuzz/$*-coverage \
		$(filter %.c,$(fuzz_$*_all)) $(fuzz_libraries)
	cd fuzz && LLVM_PROFILE_FILE=$*.profraw ./$*-coverage -runs=0 $* $(fuzz_seeds_$*) 2>/dev/null
	cd fuzz && llvm-profdata merge -o $*.profdata $*.profraw && cd $(abs_srcdir) && \
		llvm-cov report $(abs_builddir)/fuzz/$*-coverage -instr-profile=$(abs_builddir)/fuzz/$*.profdata -show-functions=0 \
		conf module nat64 relay

fuzz-clean:
	rm -rf fuzz

clean-local: fuzz-clean
.PHONY: fuzz fuzz-seeds fuzz-coverage fuzz-clean $(FUZZ_TARGETS:%=fuzz-%) $(FUZZ_TARGETS:%=fuzz/%-fuzz) $(FUZZ_TARGETS:%=fuzz-coverage-%)
endif
