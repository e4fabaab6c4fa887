# SPDX-License-Identifier: GPL-2.0-or-later
# The command's own functions are a library, so that the unit tests reach them.
noinst_LIBRARIES += librelay.a
librelay_a_SOURCES = \
	relay/check.c \
	relay/client_rules.c \
	relay/clients.c \
	relay/command.h \
	relay/common.c relay/common.h \
	relay/compare.c \
	relay/compare/compare.h \
	relay/compare/path_mtu.c \
	relay/compare/print.c \
	relay/compare/probe.c relay/compare/probe.h \
	relay/compare/rounds.c \
	relay/compare/statistics.c relay/compare/statistics.h \
	relay/compare/throughput.c \
	relay/counters.c \
	relay/clat.c \
	relay/clat/clat.h \
	relay/clat/keep.c relay/clat/keep.h \
	relay/clat/place.c relay/clat/place.h \
	relay/clat/plan.c relay/clat/plan.h \
	relay/detect.c \
	relay/diff.c \
	relay/down.c \
	relay/init.c \
	relay/metrics.c \
	relay/reload.c \
	relay/run.c \
	relay/status.c \
	relay/tailnet.c \
	relay/trace.c \
	relay/trace/client.c \
	relay/trace/draw.c \
	relay/trace/hop.c relay/trace/hop.h \
	relay/trace/hops.h \
	relay/trace/hops_dns.c \
	relay/trace/hops_packet.c \
	relay/trace/packet.c \
	relay/trace/run.c \
	relay/trace/trace.h \
	relay/unbound_lines.c \
	relay/up.c \
	relay/apply/active.c relay/apply/active.h \
	relay/apply/advertised.c relay/apply/advertised.h \
	relay/apply/bring_up.c relay/apply/bring_up.h \
	relay/apply/resolved_auto.c relay/apply/resolved_auto.h \
	relay/apply/rollback.c relay/apply/rollback.h \
	relay/apply/unbound_file.c relay/apply/unbound_file.h \
	relay/ask/answer.c relay/ask/answer.h \
	relay/ask/echo.c relay/ask/echo.h \
	relay/ask/other_relay.c relay/ask/other_relay.h \
	relay/ask/resolver.c relay/ask/resolver.h \
	relay/ask/server.c relay/ask/server.h \
	relay/ask/tailnet.c relay/ask/tailnet.h \
	relay/ask/unbound_reload.c relay/ask/unbound_reload.h \
	relay/ask/watch_state.c relay/ask/watch_state.h \
	relay/check/dns_evidence.h \
	relay/check/evidence.h \
	relay/check/machine_evidence.h \
	relay/check/tailnet_evidence.h \
	relay/check/traffic_evidence.h \
	relay/check/evidence_dns.c \
	relay/check/evidence_machine.c \
	relay/check/evidence_tailnet.c \
	relay/check/evidence_traffic.c \
	relay/check/finding.c relay/check/finding.h \
	relay/check/finding_list.h \
	relay/check/grant.c relay/check/grant.h \
	relay/check/host_name.c relay/check/host_name.h \
	relay/check/judge.c relay/check/judge.h \
	relay/check/judge_clients.c \
	relay/check/judge_dns.c \
	relay/check/judge_machine.c \
	relay/check/judge_policy.c \
	relay/check/judge_record.c \
	relay/check/judge_route.c \
	relay/check/judge_split_dns.c \
	relay/check/judge_subnet.c \
	relay/check/judge_tailnet.h \
	relay/check/judge_tailscaled.c \
	relay/check/judge_traffic.c \
	relay/check/place.c relay/check/place.h \
	relay/check/port53.c relay/check/port53.h \
	relay/check/preflight.c relay/check/preflight.h \
	relay/check/preflight_net.c \
	relay/check/verdict.c relay/check/verdict.h \
	relay/check/client/check.c relay/check/client/check.h \
	relay/check/client/client.h \
	relay/check/client/dns.c \
	relay/check/client/judge.c relay/check/client/judge.h \
	relay/check/client/judge_name.c \
	relay/check/client/parts.h \
	relay/check/client/probe.c relay/check/client/probe.h \
	relay/check/client/reply.c relay/check/client/reply.h \
	relay/check/client/run.c relay/check/client/run.h \
	relay/check/client/system.c \
	relay/check/client/tailnet.c \
	relay/check/client/way.c \
	relay/cli/command.h \
	relay/cli/options.c relay/cli/options.h \
	relay/cli/quantity.c relay/cli/quantity.h \
	relay/cli/print.c relay/cli/print.h \
	relay/conflict/conflict.c relay/conflict/conflict.h \
	relay/conflict/firewall.c \
	relay/conflict/firewall_traffic.c relay/conflict/firewall.h \
	relay/conflict/packet.c relay/conflict/packet.h \
	relay/conflict/mark.c \
	relay/conflict/networkd.c \
	relay/conflict/resolver.c \
	relay/conflict/state.c \
	relay/conflict/sysctl.c \
	relay/conflict/tailscaled.c \
	relay/conflict/translator.c \
	relay/detect/detect.h \
	relay/detect/detect_ask.c \
	relay/detect/detect_print.c \
	relay/detect/pref64.c relay/detect/pref64.h \
	relay/host/child.c relay/host/child.h \
	relay/host/choose.c relay/host/choose.h \
	relay/host/clock.c relay/host/clock.h \
	relay/host/dropin.c relay/host/dropin.h \
	relay/host/job.c relay/host/job.h \
	relay/host/loop.c relay/host/loop.h \
	relay/host/generation.c relay/host/generation.h \
	relay/host/orphans.c \
	relay/host/machine.c relay/host/machine.h \
	relay/host/runtime.c relay/host/runtime.h \
	relay/host/runtime_folder.c \
	relay/host/runtime_lock.c \
	relay/host/units.c relay/host/units.h \
	relay/setup/client_rules.c relay/setup/client_rules.h \
	relay/setup/discover.c relay/setup/discover.h \
	relay/setup/discover_parts.h \
	relay/setup/discover_prefixes.c \
	relay/setup/discover_site.c \
	relay/setup/next_steps.c relay/setup/next_steps.h \
	relay/setup/tailnet_change.c relay/setup/tailnet_change.h \
	relay/setup/tailnet_for.c \
	relay/setup/tailnet_grants.c relay/setup/tailnet_grants.h \
	relay/setup/tailnet_merge.c relay/setup/tailnet_merge.h \
	relay/setup/tailnet_plan.c relay/setup/tailnet_plan.h \
	relay/setup/tailnet_policy.c relay/setup/tailnet_policy.h \
	relay/setup/tailnet_record.c relay/setup/tailnet_record.h \
	relay/setup/tailnet_verify.c relay/setup/tailnet_verify.h \
	relay/setup/template.c relay/setup/template.h \
	relay/show/hide_real.c relay/show/hide_real.h \
	relay/show/rendered.c relay/show/rendered.h \
	relay/show/rendered_gather.c \
	relay/show/metrics.h \
	relay/show/metrics_dns.c \
	relay/show/metrics_packets.c \
	relay/show/page_taken.c relay/show/page_taken.h \
	relay/show/prometheus.c relay/show/prometheus.h \
	relay/show/snapshot.c relay/show/snapshot.h \
	relay/show/status.h \
	relay/show/status_gather.c \
	relay/show/status_print.c \
	relay/show/status_print_dns.c \
	relay/show/status_view.c relay/show/status_view.h \
	relay/watch/backoff.c relay/watch/backoff.h \
	relay/watch/daemons.c relay/watch/daemons.h \
	relay/watch/health.c relay/watch/health.h \
	relay/watch/probe.c relay/watch/probe.h \
	relay/watch/parts.h \
	relay/watch/reach.c relay/watch/reach.h \
	relay/watch/reconcile.c relay/watch/reconcile.h \
	relay/watch/state.h \
	relay/watch/tailnet_poll.c relay/watch/tailnet_poll.h \
	relay/watch/watch.c relay/watch/watch.h \
	relay/watch/watch_resolved.c \
	relay/watch/watch_clock.c \
	relay/watch/watch_http.c \
	relay/watch/watch_health.c \
	relay/watch/watch_reach.c \
	relay/watch/watch_reconcile.c \
	relay/watch/watch_place.c \
	relay/watch/watch_pulse.c
librelay_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(LDNS_CFLAGS) $(SYSTEMD_CFLAGS)

sbin_PROGRAMS += nat64-relay
nat64_relay_SOURCES = relay/main.c
nat64_relay_LDADD = librelay.a libtailscale.a libnat64control.a libunboundconf.a libnftables-relay.a libkernel.a libconf.a \
	$(NFTNL_LIBS) $(MNL_LIBS) $(CURL_LIBS) $(JANSSON_LIBS) $(LDNS_LIBS) $(SYSTEMD_LIBS)
