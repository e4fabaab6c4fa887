# SPDX-License-Identifier: GPL-2.0-or-later
# Tests on network namespaces; they need root and run by pytest, see runtests.
EXTRA_DIST += \
	tests/conftest.py \
	tests/net/build-modules \
	tests/net/capture.py \
	tests/net/container \
	tests/net/exposition.py \
	tests/net/firewalls.py \
	tests/net/install-in-place \
	tests/net/browser.py \
	tests/net/test_http.py \
	tests/net/test_http_names.py \
	tests/net/test_http_reload.py \
	tests/net/test_http_slow.py \
	tests/net/test_page.py \
	tests/net/test_page_advice.py \
	tests/net/test_probe.py \
	tests/net/test_prometheus.py \
	tests/net/lab.py \
	tests/net/path.py \
	tests/net/resolver.py \
	tests/net/test_command.py \
	tests/net/test_trace.py \
	tests/net/test_client_rules.py \
	tests/net/test_compare.py \
	tests/net/test_completions.py \
	tests/net/test_diff.py \
	tests/net/test_down.py \
	tests/net/test_conflicts.py \
	tests/net/test_container.py \
	tests/net/test_install.py \
	tests/net/test_systemd.py \
	tests/net/public_world.py \
	tests/net/split_world.py \
	tests/net/test_dns.py \
	tests/net/test_dns_around.py \
	tests/net/test_detect.py \
	tests/net/test_dns_lines.py \
	tests/net/test_dns_odd.py \
	tests/net/test_dns_errors.py \
	tests/net/test_dns_gateway.py \
	tests/net/test_gateway.py \
	tests/net/test_dns_prefixes.py \
	tests/net/test_dns_public.py \
	tests/net/test_dns_reverse.py \
	tests/net/test_dns_same.py \
	tests/net/test_dns_transport.py \
	tests/net/test_examples.py \
	tests/net/clat_site.py \
	tests/net/test_clat.py \
	tests/net/test_clat_programs.py \
	tests/net/test_clat_routers.py \
	tests/net/test_uses.py \
	tests/net/test_include.py \
	tests/net/test_dns_leak.py \
	tests/net/test_dns_life.py \
	tests/net/test_versions.py \
	tests/net/tayga_settings.py \
	tests/net/tayga-corpus.conf \
	tests/net/test_reverse_path.py \
	tests/net/test_tayga.py \
	tests/net/test_tayga_corpus.py \
	tests/net/test_translator.py \
	tests/net/traffic.py \
	tests/net/unpacked.py \
	tests/net/upstream.py \
	tests/net/test_lab.py \
	tests/net/test_metrics.py \
	tests/net/test_query_log.py \
	tests/net/test_unpacked.py \
	tests/net/test_readme.py

# What the tests of the name service start Unbound with.
noinst_PROGRAMS += tests/net/print-unbound-conf
tests_net_print_unbound_conf_SOURCES = tests/net/print-unbound-conf.c
tests_net_print_unbound_conf_LDADD = libunboundconf.a libconf.a

noinst_PROGRAMS += tests/net/judge-own-lines
tests_net_judge_own_lines_SOURCES = tests/net/judge-own-lines.c
tests_net_judge_own_lines_LDADD = libunboundconf.a libconf.a

# What the tests of kernel/ and nftables/ call the libraries with.
noinst_PROGRAMS += tests/net/state-tool
tests_net_state_tool_SOURCES = tests/net/state-tool.c
tests_net_state_tool_LDADD = libkernel.a libnftables-relay.a libconf.a $(NFTNL_LIBS) $(MNL_LIBS) $(JANSSON_LIBS)
EXTRA_DIST += \
	tests/net/packets.py \
	tests/net/relay_state.py \
	tests/net/test_guard.py \
	tests/net/test_kernel.py \
	tests/net/test_dns_twin6.py \
	tests/net/test_dns_upstream64.py \
	tests/net/test_dns_types.py \
	tests/net/test_dns_validating.py \
	tests/net/test_twin.py \
	tests/net/test_twin6.py \
	tests/net/test_twin6_command.py \
	tests/net/test_twin_command.py \
	tests/net/test_nftables.py

# The translator while it runs: other settings, leases, queues, and a look inside.
EXTRA_DIST += tests/net/test_automatic.py tests/net/test_bad_packets.py tests/net/test_hold.py tests/net/test_leases.py tests/net/test_queues.py tests/net/test_relay_reload.py tests/net/test_reload.py tests/net/test_privileges.py tests/net/test_threads.py tests/net/test_view.py tests/net/test_watch.py

# nat64d's threads under ThreadSanitizer, in a build of its own; needs root. nat64d ends with 66 when there was a race.
EXTRA_DIST += tests/tsan/urcu-model.h
check-threads:
	$(MKDIR_P) tests/tsan/build
	cd tests/tsan/build && $(abs_top_srcdir)/configure -q CFLAGS='-g -O1 -fsanitize=thread -include $(abs_top_srcdir)/tests/tsan/urcu-model.h' \
		LDFLAGS=-fsanitize=thread --with-unbound-source='$(UNBOUND_SOURCE)'
	cd tests/tsan/build && $(MAKE) nat64d nat64-relay tests/net/without$(EXEEXT) tests/unit/nat64/pool/leases-test$(EXEEXT) && tests/unit/nat64/pool/leases-test
	NAT64_BUILD='$(abs_builddir)/tests/tsan/build' /usr/bin/python3 -m pytest -q -p no:cacheprovider \
		$(addprefix $(srcdir)/tests/net/,test_threads.py test_queues.py test_reload.py test_view.py test_fastpath.py test_fastpath_leases.py test_fastpath_reload.py)
.PHONY: check-threads

noinst_PROGRAMS += tests/net/without
tests_net_without_SOURCES = tests/net/without.c
tests_net_without_CFLAGS = -std=gnu11 -O2 $(WARNING_CFLAGS) $(SECCOMP_CFLAGS)
tests_net_without_LDFLAGS =
tests_net_without_LDADD = $(SECCOMP_LIBS)

# What becomes of a machine besides: clocks that jump, sleep, an overlay that flaps, programs that hang.
EXTRA_DIST += tests/net/test_watch_trouble.py
noinst_PROGRAMS += tests/net/clock-shift.so
tests_net_clock_shift_so_SOURCES = tests/net/clock-shift.c
tests_net_clock_shift_so_CFLAGS = -std=gnu11 -O2 -fPIC $(WARNING_CFLAGS)
tests_net_clock_shift_so_LDFLAGS = -shared
tests_net_clock_shift_so_LDADD =

# The module without sanitizers, whatever configure was told: for the measure of its memory, and for mutants. JSON is not the module's.
noinst_PROGRAMS += tests/net/splitdns.so
tests_net_splitdns_so_SOURCES = $(module_splitdns_so_SOURCES) $(libconf_a_SOURCES:conf/json.c=)
tests_net_splitdns_so_CPPFLAGS = $(module_splitdns_so_CPPFLAGS)
tests_net_splitdns_so_CFLAGS = -std=gnu11 -pthread -O2 -fPIC -fvisibility=hidden $(WARNING_CFLAGS)
tests_net_splitdns_so_LDFLAGS = -pthread -shared -Wl,-z,now -Wl,-Bsymbolic
tests_net_splitdns_so_LDADD =

# The same with one source changed, to see the tests fail: make mutant MUTANT=FOLDER SOURCE=names.c takes that of the folder, and leaves
# FOLDER/splitdns.so.
mutant: tests/net/splitdns.so
	$(CC) $(DEFS) -I. $(tests_net_splitdns_so_CPPFLAGS) $(CPPFLAGS) $(tests_net_splitdns_so_CFLAGS) -w -c -o $(MUTANT)/mutant.o $(MUTANT)/$(SOURCE)
	$(CC) $(tests_net_splitdns_so_CFLAGS) $(tests_net_splitdns_so_LDFLAGS) -o $(MUTANT)/splitdns.so $(MUTANT)/mutant.o \
		$(filter-out module/tests_net_splitdns_so-$(SOURCE:.c=.$(OBJEXT)),$(tests_net_splitdns_so_OBJECTS))
.PHONY: mutant
# The translator beside Debian's tayga, packet by packet, with a kernel as the second judge.
EXTRA_DIST += tests/net/bench_side.py tests/net/craft.py tests/net/test_differential.py tests/net/variety.py
EXTRA_DIST += tests/net/test_benches.py

# What several test modules share: no test module imports another (tests/lint/test_tests.py).
EXTRA_DIST += \
	tests/net/boot_lab.py tests/net/conflict_lab.py tests/net/container_lab.py tests/net/down_lab.py \
	tests/net/example_use.py tests/net/fastpath_flood.py tests/net/fastpath_lab.py tests/net/gateway_world.py tests/net/icmp_errors.py tests/net/queue_lab.py \
	tests/net/relay_lab.py tests/net/reload_lab.py tests/net/running_relay.py tests/net/watch_lab.py
