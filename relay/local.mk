# SPDX-License-Identifier: GPL-2.0-or-later
# The command's own functions are a library, so that the unit tests reach them.
noinst_LIBRARIES += librelay.a
librelay_a_SOURCES = \
	relay/advertised.c relay/advertised.h \
	relay/answer.c relay/answer.h \
	relay/automatic.c relay/automatic.h \
	relay/applied.c relay/applied.h \
	relay/backoff.c relay/backoff.h \
	relay/check.c \
	relay/child.c relay/child.h \
	relay/choose.c relay/choose.h \
	relay/client.h \
	relay/client_check.c relay/client_check.h \
	relay/client_dns.c \
	relay/client_judge.c relay/client_judge.h \
	relay/client_judge_name.c \
	relay/client_probe.c relay/client_probe.h \
	relay/client_reply.c relay/client_reply.h \
	relay/client_run.c relay/client_run.h \
	relay/client_system.c \
	relay/client_tailnet.c \
	relay/client_way.c \
	relay/clients.c \
	relay/clock.c relay/clock.h \
	relay/command.h \
	relay/common.c relay/common.h \
	relay/conflict.c relay/conflict.h \
	relay/conflict_exit.c relay/conflict_exit.h \
	relay/conflict_firewall.c \
	relay/conflict_ipv6.c \
	relay/conflict_legacy.c \
	relay/conflict_mark.c \
	relay/conflict_networkd.c \
	relay/conflict_networkmanager.c \
	relay/conflict_resolver.c \
	relay/conflict_state.c \
	relay/conflict_sysctl.c \
	relay/conflict_tailscaled.c \
	relay/conflict_translator.c \
	relay/counters.c \
	relay/daemons.c relay/daemons.h \
	relay/debian.c relay/debian.h \
	relay/debian_version.c \
	relay/detect.c relay/detect.h \
	relay/detect_ask.c \
	relay/detect_print.c \
	relay/diff.c \
	relay/discover.c relay/discover.h \
	relay/down.c \
	relay/dropin.c relay/dropin.h \
	relay/echo.c relay/echo.h \
	relay/echo4.c \
	relay/errand.c relay/errand.h \
	relay/health.c relay/health.h \
	relay/file_find.c relay/file_find.h \
	relay/finding.c relay/finding.h \
	relay/finding_id.c relay/finding_id.h \
	relay/evidence.h \
	relay/evidence_dns.c \
	relay/evidence_machine.c \
	relay/evidence_tailnet.c \
	relay/evidence_traffic.c \
	relay/grant.c relay/grant.h \
	relay/judge.c relay/judge.h \
	relay/judge_clients.c \
	relay/judge_dns.c \
	relay/judge_machine.c \
	relay/judge_policy.c \
	relay/judge_route.c \
	relay/judge_split_dns.c \
	relay/judge_tailnet.h \
	relay/judge_tailscaled.c \
	relay/judge_traffic.c \
	relay/fact.c relay/fact.h \
	relay/fact_gather.c \
	relay/fact_maps.c \
	relay/init.c \
	relay/left.c relay/left.h \
	relay/judge_unbound.c \
	relay/leftover.c \
	relay/machine.c relay/machine.h \
	relay/metrics.c relay/metrics.h \
	relay/metrics_dns.c \
	relay/metrics_packets.c \
	relay/notices.c relay/notices.h \
	relay/options.c relay/options.h \
	relay/own_judge.c relay/own_judge.h \
	relay/own_lines.c relay/own_lines.h \
	relay/own_options.c \
	relay/place.c relay/place.h \
	relay/port53.c relay/port53.h \
	relay/preflight.c relay/preflight.h \
	relay/preflight_maps.c \
	relay/preflight_net.c \
	relay/preflight_twin.c \
	relay/probe.c relay/probe.h \
	relay/pulse.c relay/pulse.h \
	relay/prometheus.c relay/prometheus.h \
	relay/quantity.c relay/quantity.h \
	relay/rehearse.c relay/rehearse.h \
	relay/reload.c relay/reload.h relay/reload_resolver.c relay/before.c relay/before.h \
	relay/unbound_file.c relay/unbound_file.h \
	relay/rehearse_unbound.c \
	relay/repair.c relay/repair.h \
	relay/repair_guard.c relay/repair_guard.h \
	relay/resolver.c relay/resolver.h \
	relay/run.c \
	relay/runtime.c relay/runtime.h relay/runtime_folder.c relay/runtime_lock.c \
	relay/say.c relay/say.h \
	relay/server.c relay/server.h \
	relay/status.c relay/status.h \
	relay/status_dns.c \
	relay/status_gather.c \
	relay/status_print.c \
	relay/status_traffic.c relay/status_traffic.h \
	relay/status_view.c relay/status_view.h \
	relay/status_print_dns.c \
	relay/tailnet.c relay/tailnet.h \
	relay/tailnet_look.c relay/tailnet_look.h \
	relay/template.c relay/template.h \
	relay/undo.c relay/undo.h \
	relay/unbound_age.c relay/unbound_age.h \
	relay/unbound_control.c relay/unbound_control.h \
	relay/unbound_stats.c relay/unbound_stats.h \
	relay/unbound_lines.c \
	relay/units.c relay/units.h \
	relay/up.c \
	relay/verdict.c relay/verdict.h \
	relay/watch.c relay/watch.h \
	relay/watch_clock.c relay/watch_clock.h \
	relay/watch_automatic.c \
	relay/watch_guard.c relay/watch_guard.h \
	relay/watch_health.c \
	relay/watch_look.c \
	relay/watch_place.c \
	relay/watch_pulse.c \
	relay/watch_state.c relay/watch_state.h \
	relay/work.c relay/work.h
librelay_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(LDNS_CFLAGS) $(SYSTEMD_CFLAGS)

sbin_PROGRAMS += nat64-relay
nat64_relay_SOURCES = relay/main.c
nat64_relay_LDADD = librelay.a libtailscale.a libnat64control.a libunboundconf.a libnftables-relay.a libkernel.a libconf.a \
	$(NFTNL_LIBS) $(MNL_LIBS) $(CURL_LIBS) $(JANSSON_LIBS) $(LDNS_LIBS) $(SYSTEMD_LIBS)
