# SPDX-License-Identifier: GPL-2.0-or-later
# What is measured; no part of `make check`, and needs root. The *_FLAGS are handed on: make bench BENCH_FLAGS='--rounds 5 --write'; --help tells all.

# The translator against kernel IPv4 routing and Debian's tayga. It has a nat64d of its own: optimized and without sanitizers, whatever
# configure was told.
EXTRA_PROGRAMS = tests/bench/nat64d tests/bench/udp-load
CLEANFILES += $(EXTRA_PROGRAMS)
noinst_PROGRAMS += tests/bench/connections tests/bench/dns-responder tests/bench/echoes
tests_bench_nat64d_SOURCES = nat64/daemon/nat64d.c $(libnat64d_a_SOURCES) $(libnat64core_a_SOURCES) $(libnat64control_a_SOURCES) $(libkernel_a_SOURCES) $(libconf_a_SOURCES)
tests_bench_nat64d_CPPFLAGS = $(libnat64d_a_CPPFLAGS)
tests_bench_nat64d_CFLAGS = -std=gnu11 -pthread -O2 $(WARNING_CFLAGS) $(HARDENING_CFLAGS)
tests_bench_nat64d_LDFLAGS = -pthread $(HARDENING_LDFLAGS)
tests_bench_nat64d_LDADD = $(MNL_LIBS) $(URCU_LIBS) $(JANSSON_LIBS) $(CAPNG_LIBS) $(SECCOMP_LIBS) $(SYSTEMD_LIBS) $(BPF_LIBS)
tests_bench_udp_load_SOURCES = tests/bench/udp-load.c
tests_bench_udp_load_CFLAGS = -std=gnu11 -O2 $(WARNING_CFLAGS)
tests_bench_udp_load_LDFLAGS =
tests_bench_udp_load_LDADD =
tests_bench_connections_SOURCES = tests/bench/connections.c
tests_bench_connections_CFLAGS = -std=gnu11 -O2 $(WARNING_CFLAGS)
tests_bench_connections_LDFLAGS =
tests_bench_connections_LDADD =
tests_bench_echoes_SOURCES = tests/bench/echoes.c
tests_bench_echoes_CFLAGS = -std=gnu11 -O2 $(WARNING_CFLAGS)
tests_bench_echoes_LDFLAGS =
tests_bench_echoes_LDADD =
EXTRA_DIST += tests/bench/translators tests/bench/turns.py tests/bench/results.py tests/bench/RESULTS.md tests/bench/translators.svg tests/bench/tailnet.svg tests/bench/dns.svg
bench: tests/bench/nat64d$(EXEEXT) tests/bench/udp-load$(EXEEXT) tests/bench/connections$(EXEEXT) tests/bench/echoes$(EXEEXT)
	$(srcdir)/tests/bench/translators $(BENCH_FLAGS)

# What the program of the fast path takes for a packet; needs root.
EXTRA_DIST += tests/bench/fastpath
bench-fastpath: tests/bench/nat64d$(EXEEXT)
	$(srcdir)/tests/bench/fastpath $(BENCH_FASTPATH_FLAGS)

# What the module costs, against plain Unbound and a Python module; needs root. BENCH_DNS_FLAGS=--help tells its options.
EXTRA_DIST += tests/bench/dns tests/bench/resolvers.py tests/bench/python_module.py
tests_bench_dns_responder_SOURCES = tests/bench/dns-responder.c
tests_bench_dns_responder_CFLAGS = -std=gnu11 -O2 $(WARNING_CFLAGS)
tests_bench_dns_responder_LDFLAGS =
tests_bench_dns_responder_LDADD =
bench-dns: module/splitdns.so tests/net/print-unbound-conf tests/bench/dns-responder$(EXEEXT)
	NAT64_BUILD='$(abs_builddir)' $(srcdir)/tests/bench/dns $(BENCH_DNS_FLAGS)

# The relay over a real tailnet, against no relay, kernel NAT and Debian's tayga.
EXTRA_DIST += tests/bench/tailnet
bench-tailnet: tests/bench/nat64d$(EXEEXT) nat64-relay$(EXEEXT) module/splitdns.so
	NAT64_BUILD='$(abs_builddir)' $(srcdir)/tests/bench/tailnet $(BENCH_TAILNET_FLAGS)

# How long a client waits when one of two relays fails.
EXTRA_DIST += tests/bench/tailnet-failover
bench-failover: nat64d$(EXEEXT) nat64-relay$(EXEEXT) nat64-relay-http$(EXEEXT) module/splitdns.so
	NAT64_BUILD='$(abs_builddir)' $(srcdir)/tests/bench/tailnet-failover $(BENCH_FAILOVER_FLAGS)
.PHONY: bench bench-fastpath bench-dns bench-tailnet bench-failover

# What a packet costs in the core alone, in nanoseconds and in instructions: built here with -O2 and without sanitizers, whatever
# configure was told.
EXTRA_DIST += tests/bench/translate-bench.c tests/bench/instructions
CLEANFILES += tests/bench/translate-bench
bench-core: tests/bench/translate-bench
	tests/bench/translate-bench
bench-instructions: tests/bench/translate-bench
	$(srcdir)/tests/bench/instructions $(BENCH_INSTRUCTIONS_FLAGS)
tests/bench/translate-bench: tests/bench/translate-bench.c $(libnat64core_a_SOURCES) $(libconf_a_SOURCES)
	$(MKDIR_P) tests/bench
	cd $(srcdir) && $(CC) -std=gnu11 -O2 $(WARNING_CFLAGS) $(HARDENING_CFLAGS) $(DEFS) -D_GNU_SOURCE $(PATH_CPPFLAGS) -I. -I$(abs_builddir) \
		-o $(abs_builddir)/tests/bench/translate-bench tests/bench/translate-bench.c \
		$(filter %.c,$(libnat64core_a_SOURCES) $(libconf_a_SOURCES)) $(JANSSON_LIBS)
.PHONY: bench-core bench-instructions

# What a hundred thousand leases cost: time to look up, to write and to read them, and memory. Built here as well. BENCH_LEASES=250000
bench_leases_sources = nat64/pool/leasefile.c nat64/pool/leases.c nat64/pool/leases_reclaim.c nat64/pool/leases_shared.c nat64/pool/leases_walk.c nat64/pool/lru.c nat64/pool/bitmap.c nat64/pool/pool.c nat64/pool/quota.c
EXTRA_DIST += tests/bench/leases-bench.c
CLEANFILES += tests/bench/leases-bench
bench-leases: tests/bench/leases-bench
	tests/bench/leases-bench $(BENCH_LEASES)
tests/bench/leases-bench: tests/bench/leases-bench.c $(bench_leases_sources) $(libconf_a_SOURCES)
	$(MKDIR_P) tests/bench
	cd $(srcdir) && $(CC) -std=gnu11 -O2 -pthread $(WARNING_CFLAGS) $(HARDENING_CFLAGS) $(DEFS) -D_GNU_SOURCE $(PATH_CPPFLAGS) $(URCU_CFLAGS) -I. -I$(abs_builddir) \
		-o $(abs_builddir)/tests/bench/leases-bench tests/bench/leases-bench.c $(bench_leases_sources) \
		$(filter %.c,$(libconf_a_SOURCES)) $(URCU_LIBS)
.PHONY: bench-leases
