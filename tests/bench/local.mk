# SPDX-License-Identifier: GPL-2.0-or-later

# What the module costs, against plain Unbound; needs root. BENCH_DNS_FLAGS=--help tells its options.
EXTRA_DIST += tests/bench/dns
bench-dns: module/splitdns.so tests/net/print-unbound-conf
	NAT64_BUILD='$(abs_builddir)' $(srcdir)/tests/bench/dns $(BENCH_DNS_FLAGS)
.PHONY: bench-dns
