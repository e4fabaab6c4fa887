# SPDX-License-Identifier: GPL-2.0-or-later
# Tests on the real tailscaled and headscale; they need root and run by pytest, see runtests.
EXTRA_DIST += \
	tests/tailscale/advice.py \
	tests/tailscale/api_world.py \
	tests/tailscale/authority.py \
	tests/tailscale/build-tools tests/tailscale/find-go \
	tests/tailscale/conftest.py \
	tests/tailscale/fault_lab.py \
	tests/tailscale/fault_row.py \
	tests/tailscale/faults \
	tests/tailscale/headscale_api.py \
	tests/tailscale/relay.py \
	tests/tailscale/several.py \
	tests/tailscale/tailnet.py \
	tests/tailscale/tailscale_api.py \
	tests/tailscale/test_check_client.py \
	tests/tailscale/test_control_examples.py \
	tests/tailscale/test_failover.py \
	tests/tailscale/test_faults_found.py \
	tests/tailscale/test_faults_found_client.py \
	tests/tailscale/test_faults_found_relay.py \
	tests/tailscale/test_faults_none.py \
	tests/tailscale/test_init.py \
	tests/tailscale/test_watch_tailnet.py \
	tests/tailscale/test_twin_tailnet.py \
	tests/tailscale/test_twin6_tailnet.py \
	tests/tailscale/test_page_tailnet.py \
	tests/tailscale/test_relay.py \
	tests/tailscale/test_routes.py \
	tests/tailscale/test_several.py \
	tests/tailscale/test_sites.py \
	tests/tailscale/test_tailnet.py tests/tailscale/test_two_lines.py \
	tests/tailscale/test_tailnet_api.py tests/tailscale/test_tailnet_api_faults.py tests/tailscale/test_tailnet_headscale.py \
	tests/tailscale/tools/headscale/go.mod tests/tailscale/tools/headscale/go.sum \
	tests/tailscale/tools/tailscale/go.mod tests/tailscale/tools/tailscale/go.sum

# The pauses of nat64-relay tailnet, a tenth as long.
noinst_PROGRAMS += tests/tailscale/short-pauses.so
tests_tailscale_short_pauses_so_SOURCES = tests/tailscale/short-pauses.c
tests_tailscale_short_pauses_so_CFLAGS = -std=gnu11 -D_GNU_SOURCE -O2 -fPIC $(WARNING_CFLAGS)
tests_tailscale_short_pauses_so_LDFLAGS = -shared
tests_tailscale_short_pauses_so_LDADD =
