# SPDX-License-Identifier: GPL-2.0-or-later
# tests/unit/A/b-test.c tests A/b.c, and is a program of its own: `make check TESTS=tests/unit/conf/file-test` runs one alone. A new one is a word
# in the list: its source is the file of its name, and all are linked with everything that they may test (LDADD).
if HAVE_CMOCKA
# The packet core's tests a second time: nat64/bpf/again.c. merge-test does not translate: the kernel merges no packets of the fast path.
again_tests = tests/unit/nat64/bpf/again/checksum-test tests/unit/nat64/bpf/again/fragment-test \
	tests/unit/nat64/bpf/again/icmp-test tests/unit/nat64/bpf/again/maps-test tests/unit/nat64/bpf/again/offload-test \
	tests/unit/nat64/bpf/again/quote-test tests/unit/nat64/bpf/again/roundtrip-test tests/unit/nat64/bpf/again/sender-test \
	tests/unit/nat64/bpf/again/translate-test tests/unit/nat64/bpf/again/uses-test
check_PROGRAMS += \
	tests/unit/conf/directive-test tests/unit/conf/file-test tests/unit/conf/gateway-test tests/unit/conf/mapfile-test tests/unit/conf/named-test \
	tests/unit/conf/printable-test tests/unit/conf/reach-test tests/unit/conf/report-test tests/unit/conf/rfc7050-test \
	tests/unit/conf/address-test tests/unit/conf/check-test tests/unit/conf/policy-test tests/unit/conf/rfc6052-test \
	tests/unit/conf/settings-test tests/unit/conf/upstream-test tests/unit/conf/tailnet-test tests/unit/conf/tree-test tests/unit/conf/twin-test tests/unit/conf/twin6-test \
	tests/unit/kernel/netlink-test \
	tests/unit/module/domains-test tests/unit/module/names-test \
	tests/unit/module/reverse-test tests/unit/module/rendezvous-test tests/unit/module/twin-test \
	tests/unit/nat64/bpf/plain-test $(again_tests) \
	tests/unit/nat64/core/checksum-test tests/unit/nat64/core/fragment-test tests/unit/nat64/core/icmp-test \
	tests/unit/nat64/core/maps-test tests/unit/nat64/core/merge-test tests/unit/nat64/core/offload-test \
	tests/unit/nat64/core/quote-test tests/unit/nat64/core/roundtrip-test tests/unit/nat64/core/sender-test \
	tests/unit/nat64/core/translate-test tests/unit/nat64/core/uses-test \
	tests/unit/nat64/daemon/background-test tests/unit/nat64/daemon/flow-test tests/unit/nat64/daemon/packetlog-test \
	tests/unit/nat64/pool/bucket-test tests/unit/nat64/pool/lease_writer-test tests/unit/nat64/pool/leasefile-test \
	tests/unit/nat64/pool/leases-test tests/unit/nat64/pool/leases_reclaim-test tests/unit/nat64/pool/leases_shared-test tests/unit/nat64/pool/bitmap-test \
	tests/unit/nat64/tayga/options-test
if HAVE_SECCOMP
check_PROGRAMS += tests/unit/nat64/daemon/privileges-test
endif
if HAVE_JANSSON
check_PROGRAMS += tests/unit/kernel/sysctl-test tests/unit/nat64/control/control-test
endif
if RELAY
check_PROGRAMS += \
	tests/unit/module/counters-test \
	tests/unit/nftables/connection-test tests/unit/nftables/exchange-test tests/unit/nftables/ruleset-test tests/unit/nftables/trace-test \
	tests/unit/relay/ask/answer-test tests/unit/relay/ask/other_relay-test \
	tests/unit/relay/check/finding-test tests/unit/relay/check/judge-test tests/unit/relay/check/judge_dns-test \
	tests/unit/relay/check/judge_machine-test tests/unit/relay/check/judge_policy-test tests/unit/relay/check/judge_split_dns-test \
	tests/unit/relay/check/judge_tailscaled-test tests/unit/relay/check/judge_traffic-test \
	tests/unit/relay/check/client/judge-test \
	tests/unit/relay/compare/statistics-test \
	tests/unit/relay/detect/pref64-test \
	tests/unit/relay/host/child-test tests/unit/relay/host/choose-test tests/unit/relay/host/loop-test \
	tests/unit/relay/setup/tailnet_merge-test tests/unit/relay/setup/template-test \
	tests/unit/relay/show/hide_real-test tests/unit/relay/show/metrics-test tests/unit/relay/show/page_taken-test tests/unit/relay/show/rendered-test \
	tests/unit/relay/trace/hop-test \
	tests/unit/relay/watch/health-test tests/unit/relay/watch/watch-test \
	tests/unit/tailscale/hujson-test tests/unit/tailscale/localapi-test tests/unit/tailscale/netmap-test tests/unit/tailscale/routes-test \
	tests/unit/unbound/conf-test tests/unit/unbound/debian-test tests/unit/unbound/timeouts-test
endif
if HAVE_LIBUNBOUND
check_PROGRAMS += tests/unit/module/answer-test
endif

# What several of them need, and the files of the module, which is no library, that do without Unbound.
check_LIBRARIES = tests/unit/liblab.a
tests_unit_liblab_a_SOURCES = \
	tests/unit/conf/settings-lab.c tests/unit/conf/settings-lab.h \
	tests/unit/module/read-domains.c tests/unit/module/read-domains.h \
	tests/unit/nat64/bpf/odd-packets.c tests/unit/nat64/bpf/odd-packets.h \
	tests/unit/nat64/bpf/ways.c tests/unit/nat64/bpf/ways.h \
	tests/unit/nat64/core/packet-check.c tests/unit/nat64/core/packet-check.h \
	tests/unit/nat64/core/packet-lab.c tests/unit/nat64/core/packet-lab.h \
	tests/unit/nat64/core/packet-make.c tests/unit/nat64/core/packet-make.h \
	tests/unit/nat64/pool/leases-lab.c tests/unit/nat64/pool/leases-lab.h \
	module/counters.c module/domains.c module/names.c module/reverse.c module/rendezvous.c module/twin.c

if RELAY
tests_unit_liblab_a_SOURCES += tests/unit/relay/check/judge-lab.c tests/unit/relay/check/judge-lab.h \
	tests/unit/tailscale/tailscaled.c tests/unit/tailscale/tailscaled.h
relay_libraries = librelay.a libtailscale.a libunboundconf.a libnftables-relay.a
endif
LDADD = tests/unit/liblab.a $(relay_libraries) libnat64d.a libnat64core.a libnat64control.a libkernel.a libconf.a \
	$(NFTNL_LIBS) $(MNL_LIBS) $(CURL_LIBS) $(JANSSON_LIBS) $(LDNS_LIBS) $(SYSTEMD_LIBS) $(URCU_LIBS) $(CAPNG_LIBS) $(SECCOMP_LIBS) \
	$(BPF_LIBS) $(CMOCKA_LIBS)

tests_unit_nat64_bpf_again_checksum_test_SOURCES = tests/unit/nat64/core/checksum-test.c tests/unit/nat64/bpf/again.c
tests_unit_nat64_bpf_again_fragment_test_SOURCES = tests/unit/nat64/core/fragment-test.c tests/unit/nat64/bpf/again.c
tests_unit_nat64_bpf_again_icmp_test_SOURCES = tests/unit/nat64/core/icmp-test.c tests/unit/nat64/bpf/again.c
tests_unit_nat64_bpf_again_maps_test_SOURCES = tests/unit/nat64/core/maps-test.c tests/unit/nat64/bpf/again.c
tests_unit_nat64_bpf_again_offload_test_SOURCES = tests/unit/nat64/core/offload-test.c tests/unit/nat64/bpf/again.c
tests_unit_nat64_bpf_again_quote_test_SOURCES = tests/unit/nat64/core/quote-test.c tests/unit/nat64/bpf/again.c
tests_unit_nat64_bpf_again_quote_test_CPPFLAGS = $(AM_CPPFLAGS) -DNOTHING_IS_PLAIN
tests_unit_nat64_bpf_again_roundtrip_test_SOURCES = tests/unit/nat64/core/roundtrip-test.c tests/unit/nat64/bpf/again.c
tests_unit_nat64_bpf_again_sender_test_SOURCES = tests/unit/nat64/core/sender-test.c tests/unit/nat64/bpf/again.c
tests_unit_nat64_bpf_again_sender_test_CPPFLAGS = $(AM_CPPFLAGS) -DNOTHING_IS_PLAIN
tests_unit_nat64_bpf_again_translate_test_SOURCES = tests/unit/nat64/core/translate-test.c tests/unit/nat64/bpf/again.c
tests_unit_nat64_bpf_again_uses_test_SOURCES = tests/unit/nat64/core/uses-test.c tests/unit/nat64/bpf/again.c
tests_unit_module_answer_test_SOURCES = tests/unit/module/answer-test.c module/answer.c module/names.c
tests_unit_module_answer_test_CPPFLAGS = $(AM_CPPFLAGS) $(unbound_cppflags)
tests_unit_module_answer_test_LDADD = libconf.a $(LIBUNBOUND_LIBS) $(CMOCKA_LIBS)
tests_unit_unbound_conf_test_CPPFLAGS = $(AM_CPPFLAGS) -DUNBOUND_PROGRAM='"$(UNBOUND_SOURCE)/unbound"' \
	-DUNBOUND_CHECKCONF='"$(UNBOUND_SOURCE)/unbound-checkconf"'
endif

EXTRA_DIST += tests/unit/data/tailscale
