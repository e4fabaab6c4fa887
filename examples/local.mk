# SPDX-License-Identifier: GPL-2.0-or-later
# A settings file for each use, and what else the use needs.
relay_examples = \
	examples/check-client.ps1 \
	examples/check-client.sh \
	examples/clat.conf \
	examples/clat.service \
	examples/compose.yaml \
	examples/failover.conf \
	examples/gateway.conf \
	examples/grafana/nat64-relay.json \
	examples/grafana/provisioning/dashboards.yaml \
	examples/grafana/provisioning/datasources.yaml \
	examples/headscale.yaml \
	examples/policy.json \
	examples/prefixes.conf \
	examples/prometheus/alerts.yml \
	examples/prometheus/prometheus.yml \
	examples/relay.conf \
	examples/router.conf \
	examples/public.conf \
	examples/second-line.conf \
	examples/service.conf \
	examples/several.conf \
	examples/site.conf \
	examples/siit.conf \
	examples/tayga.conf \
	examples/translator.conf \
	examples/twin.conf \
	examples/twin6.conf \
	examples/unbound.conf \
	examples/unbound.conf.d/others.conf \
	examples/wireguard.conf
EXTRA_DIST += $(relay_examples)
