# SPDX-License-Identifier: GPL-2.0-or-later
# A test program a source file, named after what it tests. `make check TESTS=tests/unit/address-test` runs one alone.
if HAVE_CMOCKA
unit_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)

check_PROGRAMS += tests/unit/relay-choose-test
tests_unit_relay_choose_test_SOURCES = tests/unit/relay-choose-test.c
tests_unit_relay_choose_test_CPPFLAGS = $(unit_cppflags)
tests_unit_relay_choose_test_LDADD = librelay.a libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/relay-template-test
tests_unit_relay_template_test_SOURCES = tests/unit/relay-template-test.c
tests_unit_relay_template_test_CPPFLAGS = $(unit_cppflags)
tests_unit_relay_template_test_LDADD = librelay.a libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/relay-resolver-test
tests_unit_relay_resolver_test_SOURCES = tests/unit/relay-resolver-test.c
tests_unit_relay_resolver_test_CPPFLAGS = $(unit_cppflags) $(LDNS_CFLAGS)
tests_unit_relay_resolver_test_LDADD = $(nat64_relay_LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/finding-test
tests_unit_finding_test_SOURCES = tests/unit/finding-test.c
tests_unit_finding_test_CPPFLAGS = $(unit_cppflags) $(JANSSON_CFLAGS)
tests_unit_finding_test_LDADD = $(nat64_relay_LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/client-judge-test
tests_unit_client_judge_test_SOURCES = tests/unit/client-judge-test.c
tests_unit_client_judge_test_CPPFLAGS = $(unit_cppflags) $(JANSSON_CFLAGS) $(LDNS_CFLAGS)
tests_unit_client_judge_test_LDADD = $(nat64_relay_LDADD) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/hujson-test
tests_unit_hujson_test_SOURCES = tests/unit/hujson-test.c
tests_unit_hujson_test_CPPFLAGS = $(unit_cppflags) $(JANSSON_CFLAGS)
tests_unit_hujson_test_LDADD = libtailscale.a libconf.a $(JANSSON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/tailnet-merge-test
tests_unit_tailnet_merge_test_SOURCES = tests/unit/tailnet-merge-test.c
tests_unit_tailnet_merge_test_CPPFLAGS = $(unit_cppflags) $(JANSSON_CFLAGS)
tests_unit_tailnet_merge_test_LDADD = $(nat64_relay_LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/judge-test
tests_unit_judge_test_SOURCES = tests/unit/judge-test.c tests/unit/tailscaled.c tests/unit/tailscaled.h
tests_unit_judge_test_CPPFLAGS = $(unit_cppflags) $(JANSSON_CFLAGS)
tests_unit_judge_test_LDADD = $(nat64_relay_LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/relay-metrics-test
tests_unit_relay_metrics_test_SOURCES = tests/unit/relay-metrics-test.c
tests_unit_relay_metrics_test_CPPFLAGS = $(unit_cppflags) $(JANSSON_CFLAGS)
tests_unit_relay_metrics_test_LDADD = $(nat64_relay_LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/debian-test
tests_unit_debian_test_SOURCES = tests/unit/debian-test.c
tests_unit_debian_test_CPPFLAGS = $(unit_cppflags)
tests_unit_debian_test_LDADD = libunboundconf.a libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/relay-child-test
tests_unit_relay_child_test_SOURCES = tests/unit/relay-child-test.c
tests_unit_relay_child_test_CPPFLAGS = $(unit_cppflags)
tests_unit_relay_child_test_LDADD = librelay.a libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/relay-watch-test
tests_unit_relay_watch_test_SOURCES = tests/unit/relay-watch-test.c
tests_unit_relay_watch_test_CPPFLAGS = $(unit_cppflags) $(MNL_CFLAGS)
tests_unit_relay_watch_test_LDADD = $(nat64_relay_LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/tailnet-conf-test
tests_unit_tailnet_conf_test_SOURCES = tests/unit/tailnet-conf-test.c
tests_unit_tailnet_conf_test_CPPFLAGS = $(unit_cppflags)
tests_unit_tailnet_conf_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/conf-test
tests_unit_conf_test_SOURCES = tests/unit/conf-test.c
tests_unit_conf_test_CPPFLAGS = $(unit_cppflags)
tests_unit_conf_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/report-test
tests_unit_report_test_SOURCES = tests/unit/report-test.c
tests_unit_report_test_CPPFLAGS = $(unit_cppflags)
tests_unit_report_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/mapfile-test
tests_unit_mapfile_test_SOURCES = tests/unit/mapfile-test.c
tests_unit_mapfile_test_CPPFLAGS = $(unit_cppflags)
tests_unit_mapfile_test_LDADD = libconf.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/gateway-test tests/unit/rfc7050-test
tests_unit_gateway_test_SOURCES = tests/unit/gateway-test.c
tests_unit_gateway_test_CPPFLAGS = $(unit_cppflags)
tests_unit_gateway_test_LDADD = libconf.a $(CMOCKA_LIBS)
tests_unit_rfc7050_test_SOURCES = tests/unit/rfc7050-test.c
tests_unit_rfc7050_test_CPPFLAGS = $(unit_cppflags)
tests_unit_rfc7050_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/twin6-test
tests_unit_twin6_test_SOURCES = tests/unit/twin6-test.c
tests_unit_twin6_test_CPPFLAGS = $(unit_cppflags)
tests_unit_twin6_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/twin-test
tests_unit_twin_test_SOURCES = tests/unit/twin-test.c
tests_unit_twin_test_CPPFLAGS = $(unit_cppflags)
tests_unit_twin_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/printable-test
tests_unit_printable_test_SOURCES = tests/unit/printable-test.c
tests_unit_printable_test_CPPFLAGS = $(unit_cppflags)
tests_unit_printable_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/tree-test
tests_unit_tree_test_SOURCES = tests/unit/tree-test.c
tests_unit_tree_test_CPPFLAGS = $(unit_cppflags)
tests_unit_tree_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/file-test
tests_unit_file_test_SOURCES = tests/unit/file-test.c
tests_unit_file_test_CPPFLAGS = $(unit_cppflags)
tests_unit_file_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/documents-test
tests_unit_documents_test_SOURCES = tests/unit/documents-test.c
tests_unit_documents_test_CPPFLAGS = $(unit_cppflags)
tests_unit_documents_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/tailscale-test tests/unit/tailscale-routes-test
tests_unit_tailscale_test_SOURCES = tests/unit/tailscale-test.c tests/unit/tailscaled.c tests/unit/tailscaled.h
tests_unit_tailscale_test_CPPFLAGS = $(unit_cppflags) $(JANSSON_CFLAGS)
tests_unit_tailscale_test_LDADD = libtailscale.a libconf.a $(JANSSON_LIBS) $(CURL_LIBS) $(CMOCKA_LIBS)
tests_unit_tailscale_routes_test_SOURCES = tests/unit/tailscale-routes-test.c tests/unit/tailscaled.c tests/unit/tailscaled.h
tests_unit_tailscale_routes_test_CPPFLAGS = $(tests_unit_tailscale_test_CPPFLAGS)
tests_unit_tailscale_routes_test_LDADD = $(tests_unit_tailscale_test_LDADD)
check_PROGRAMS += tests/unit/pref64-test
tests_unit_pref64_test_SOURCES = tests/unit/pref64-test.c relay/detect/pref64.c relay/detect/pref64.h
tests_unit_pref64_test_CPPFLAGS = $(tests_unit_tailscale_test_CPPFLAGS)
tests_unit_pref64_test_LDADD = $(tests_unit_tailscale_test_LDADD)
check_PROGRAMS += tests/unit/netmap-test
tests_unit_netmap_test_SOURCES = tests/unit/netmap-test.c tests/unit/tailscaled.c tests/unit/tailscaled.h
tests_unit_netmap_test_CPPFLAGS = $(tests_unit_tailscale_test_CPPFLAGS)
tests_unit_netmap_test_LDADD = $(tests_unit_tailscale_test_LDADD)

packet_lab = tests/unit/packet-lab.c tests/unit/packet-lab.h tests/unit/packet-make.c tests/unit/packet-make.h \
	tests/unit/packet-check.c tests/unit/packet-check.h

check_PROGRAMS += tests/unit/uses-test
tests_unit_uses_test_SOURCES = tests/unit/uses-test.c $(packet_lab)
tests_unit_uses_test_CPPFLAGS = $(unit_cppflags)
tests_unit_uses_test_LDADD = libnat64core.a libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/maps-test
tests_unit_maps_test_SOURCES = tests/unit/maps-test.c $(packet_lab)
tests_unit_maps_test_CPPFLAGS = $(unit_cppflags)
tests_unit_maps_test_LDADD = libnat64core.a libconf.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/roundtrip-test
tests_unit_roundtrip_test_SOURCES = tests/unit/roundtrip-test.c $(packet_lab)
tests_unit_roundtrip_test_CPPFLAGS = $(unit_cppflags)
tests_unit_roundtrip_test_LDADD = libnat64core.a libconf.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/translate-test
tests_unit_translate_test_SOURCES = tests/unit/translate-test.c $(packet_lab)
tests_unit_translate_test_CPPFLAGS = $(unit_cppflags)
tests_unit_translate_test_LDADD = libnat64core.a libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/icmp-test
tests_unit_icmp_test_SOURCES = tests/unit/icmp-test.c $(packet_lab)
tests_unit_icmp_test_CPPFLAGS = $(unit_cppflags)
tests_unit_icmp_test_LDADD = libnat64core.a libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/quote-test
tests_unit_quote_test_SOURCES = tests/unit/quote-test.c $(packet_lab)
tests_unit_quote_test_CPPFLAGS = $(unit_cppflags)
tests_unit_quote_test_LDADD = libnat64core.a libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/sender-test
tests_unit_sender_test_SOURCES = tests/unit/sender-test.c $(packet_lab)
tests_unit_sender_test_CPPFLAGS = $(unit_cppflags)
tests_unit_sender_test_LDADD = libnat64core.a libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/fragment-test
tests_unit_fragment_test_SOURCES = tests/unit/fragment-test.c $(packet_lab)
tests_unit_fragment_test_CPPFLAGS = $(unit_cppflags)
tests_unit_fragment_test_LDADD = libnat64core.a libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/offload-test
tests_unit_offload_test_SOURCES = tests/unit/offload-test.c $(packet_lab)
tests_unit_offload_test_CPPFLAGS = $(unit_cppflags)
tests_unit_offload_test_LDADD = libnat64core.a libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/merge-test
tests_unit_merge_test_SOURCES = tests/unit/merge-test.c $(packet_lab)
tests_unit_merge_test_CPPFLAGS = $(unit_cppflags)
tests_unit_merge_test_LDADD = libnat64core.a libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/checksum-test
tests_unit_checksum_test_SOURCES = tests/unit/checksum-test.c $(packet_lab)
tests_unit_checksum_test_CPPFLAGS = $(unit_cppflags)
tests_unit_checksum_test_LDADD = libnat64core.a libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/names-test
tests_unit_names_test_SOURCES = tests/unit/names-test.c module/names.c
tests_unit_names_test_CPPFLAGS = $(unit_cppflags)
tests_unit_names_test_LDADD = $(CMOCKA_LIBS)

# The module's split domains, read from the text of a relay.conf.
domains_of_text = tests/unit/read-domains.c tests/unit/read-domains.h module/domains.c module/names.c module/reverse.c module/reverse_split.c module/spread.c module/twin.c

check_PROGRAMS += tests/unit/domains-test
tests_unit_domains_test_SOURCES = tests/unit/domains-test.c $(domains_of_text)
tests_unit_domains_test_CPPFLAGS = $(unit_cppflags)
tests_unit_domains_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/reach-test
tests_unit_reach_test_SOURCES = tests/unit/reach-test.c
tests_unit_reach_test_CPPFLAGS = $(unit_cppflags)
tests_unit_reach_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/spread-test
tests_unit_spread_test_SOURCES = tests/unit/spread-test.c module/domains.c module/names.c module/reverse.c module/reverse_split.c module/spread.c module/twin.c
tests_unit_spread_test_CPPFLAGS = $(unit_cppflags)
tests_unit_spread_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/twin-names-test
tests_unit_twin_names_test_SOURCES = tests/unit/twin-names-test.c $(domains_of_text)
tests_unit_twin_names_test_CPPFLAGS = $(unit_cppflags)
tests_unit_twin_names_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/reverse-test
tests_unit_reverse_test_SOURCES = tests/unit/reverse-test.c $(domains_of_text)
tests_unit_reverse_test_CPPFLAGS = $(unit_cppflags)
tests_unit_reverse_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/unbound-conf-test
tests_unit_unbound_conf_test_SOURCES = tests/unit/unbound-conf-test.c
tests_unit_unbound_conf_test_CPPFLAGS = $(unit_cppflags) -DUNBOUND_PROGRAM='"$(UNBOUND_SOURCE)/unbound"' \
	-DUNBOUND_CHECKCONF='"$(UNBOUND_SOURCE)/unbound-checkconf"'
tests_unit_unbound_conf_test_LDADD = libunboundconf.a libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/nftables-test
tests_unit_nftables_test_SOURCES = tests/unit/nftables-test.c
tests_unit_nftables_test_CPPFLAGS = $(unit_cppflags) $(NFTNL_CFLAGS) $(MNL_CFLAGS)
tests_unit_nftables_test_LDADD = libnftables-relay.a libconf.a $(NFTNL_LIBS) $(MNL_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/kernel-test
tests_unit_kernel_test_SOURCES = tests/unit/kernel-test.c
tests_unit_kernel_test_CPPFLAGS = $(unit_cppflags) $(MNL_CFLAGS)
tests_unit_kernel_test_LDADD = libkernel.a libconf.a $(MNL_LIBS) $(JANSSON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/sysctl-test
tests_unit_sysctl_test_SOURCES = tests/unit/sysctl-test.c
tests_unit_sysctl_test_CPPFLAGS = $(unit_cppflags)
tests_unit_sysctl_test_LDADD = libkernel.a libconf.a $(MNL_LIBS) $(JANSSON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/counters-test
tests_unit_counters_test_SOURCES = tests/unit/counters-test.c module/counters.c module/counters.h
tests_unit_counters_test_CPPFLAGS = $(unit_cppflags)
tests_unit_counters_test_LDADD = libunboundconf.a libconf.a $(CMOCKA_LIBS)

if HAVE_LIBUNBOUND
check_PROGRAMS += tests/unit/answer-test
tests_unit_answer_test_SOURCES = tests/unit/answer-test.c module/answer.c module/names.c
tests_unit_answer_test_CPPFLAGS = $(unit_cppflags) $(unbound_cppflags)
tests_unit_answer_test_LDADD = libconf.a $(LIBUNBOUND_LIBS) $(CMOCKA_LIBS)
endif

check_PROGRAMS += tests/unit/leases-test tests/unit/leases-full-test tests/unit/leasefile-test tests/unit/keeper-test tests/unit/control-test \
	tests/unit/places-test tests/unit/bucket-test tests/unit/flow-test tests/unit/options-test tests/unit/packetlog-test tests/unit/background-test \
	tests/unit/rights-test
tests_unit_background_test_SOURCES = tests/unit/background-test.c
tests_unit_background_test_CPPFLAGS = $(unit_cppflags)
tests_unit_background_test_LDADD = libnat64d.a libconf.a $(CMOCKA_LIBS)
tests_unit_rights_test_SOURCES = tests/unit/rights-test.c
tests_unit_rights_test_CPPFLAGS = $(unit_cppflags)
tests_unit_rights_test_LDADD = libnat64d.a libconf.a $(CAPNG_LIBS) $(SECCOMP_LIBS) $(CMOCKA_LIBS)
tests_unit_options_test_SOURCES = tests/unit/options-test.c
tests_unit_options_test_CPPFLAGS = $(unit_cppflags)
tests_unit_options_test_LDADD = libnat64d.a libconf.a $(CMOCKA_LIBS)
tests_unit_packetlog_test_SOURCES = tests/unit/packetlog-test.c
tests_unit_packetlog_test_CPPFLAGS = $(unit_cppflags)
tests_unit_packetlog_test_LDADD = libnat64d.a libnat64core.a libnat64control.a libconf.a $(SYSTEMD_LIBS) $(CMOCKA_LIBS)
leases_lab = tests/unit/leases-lab.c tests/unit/leases-lab.h
tests_unit_leases_test_SOURCES = tests/unit/leases-test.c $(leases_lab)
tests_unit_leases_test_CPPFLAGS = $(unit_cppflags) $(URCU_CFLAGS)
tests_unit_leases_test_LDADD = libnat64d.a libconf.a $(URCU_LIBS) $(CMOCKA_LIBS)
tests_unit_leases_full_test_SOURCES = tests/unit/leases-full-test.c $(leases_lab)
tests_unit_leases_full_test_CPPFLAGS = $(unit_cppflags) $(URCU_CFLAGS)
tests_unit_leases_full_test_LDADD = libnat64d.a libconf.a $(URCU_LIBS) $(CMOCKA_LIBS)
tests_unit_leasefile_test_SOURCES = tests/unit/leasefile-test.c
tests_unit_leasefile_test_CPPFLAGS = $(unit_cppflags) $(URCU_CFLAGS)
tests_unit_leasefile_test_LDADD = libnat64d.a libnat64core.a libconf.a $(URCU_LIBS) $(CMOCKA_LIBS)
tests_unit_keeper_test_SOURCES = tests/unit/keeper-test.c
tests_unit_keeper_test_CPPFLAGS = $(unit_cppflags)
tests_unit_keeper_test_LDADD = libnat64d.a libnat64core.a libconf.a $(URCU_LIBS) $(CMOCKA_LIBS)
tests_unit_places_test_SOURCES = tests/unit/places-test.c
tests_unit_places_test_CPPFLAGS = $(unit_cppflags)
tests_unit_places_test_LDADD = libnat64d.a $(CMOCKA_LIBS)
tests_unit_bucket_test_SOURCES = tests/unit/bucket-test.c
tests_unit_bucket_test_CPPFLAGS = $(unit_cppflags)
tests_unit_bucket_test_LDADD = $(CMOCKA_LIBS)
tests_unit_flow_test_SOURCES = tests/unit/flow-test.c
tests_unit_flow_test_CPPFLAGS = $(unit_cppflags)
tests_unit_flow_test_LDADD = libnat64d.a $(CMOCKA_LIBS)
tests_unit_control_test_SOURCES = tests/unit/control-test.c
tests_unit_control_test_CPPFLAGS = $(unit_cppflags) $(JANSSON_CFLAGS)
tests_unit_control_test_LDADD = libnat64d.a libnat64control.a libconf.a $(JANSSON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/trace-test
tests_unit_trace_test_SOURCES = tests/unit/trace-test.c
tests_unit_trace_test_CPPFLAGS = $(unit_cppflags) $(NFTNL_CFLAGS) $(MNL_CFLAGS)
tests_unit_trace_test_LDADD = librelay.a libnftables-relay.a libconf.a $(NFTNL_LIBS) $(MNL_LIBS) $(CMOCKA_LIBS)
endif

EXTRA_DIST += tests/unit/data/tailscale
