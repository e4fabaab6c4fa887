/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is freed of a directive, a function a kind. */
#include "conf/store.h"

#include "conf/directive.h"
#include "conf/policy.h"
#include "conf/settings.h"

#include <stdlib.h>

void conf_clear_pointer(const struct conf_directive *directive, struct conf_settings *settings)
{
	free(*(void **)((char *)settings + directive->offset));
}

void conf_clear_networks(const struct conf_directive *directive, struct conf_settings *settings)
{
	conf_networks_clear((struct conf_networks *)(void *)((char *)settings + directive->offset));
}

void conf_clear_split_domains(const struct conf_directive *directive, struct conf_settings *settings)
{
	(void)directive;
	for (size_t i = 0; i < settings->dns.split_domain_count; i++) {
		free(settings->dns.split_domains[i].split);
		free(settings->dns.split_domains[i].real);
	}
	free(settings->dns.split_domains);
}

void conf_clear_upstreams(const struct conf_directive *directive, struct conf_settings *settings)
{
	(void)directive;
	for (size_t i = 0; i < settings->dns.upstream_count; i++) {
		free(settings->dns.upstreams[i].zone);
		free(settings->dns.upstreams[i].server);
	}
	free(settings->dns.upstreams);
}

void conf_clear_policies(const struct conf_directive *directive, struct conf_settings *settings)
{
	(void)directive;
	for (size_t i = 0; i < settings->dns.policy_count; i++)
		free(settings->dns.policies[i].split);
	free(settings->dns.policies);
}

void conf_clear_discoveries(const struct conf_directive *directive, struct conf_settings *settings)
{
	(void)directive;
	for (size_t i = 0; i < settings->dns.discovery_count; i++)
		free(settings->dns.discoveries[i].prefixes);
	free(settings->dns.discoveries);
}

void conf_clear_prefixes(const struct conf_directive *directive, struct conf_settings *settings)
{
	(void)directive;
	for (size_t i = 0; i < settings->common.prefix_count; i++) {
		for (size_t d = 0; d < settings->common.prefixes[i].domain_count; d++)
			free(settings->common.prefixes[i].domains[d]);
		free(settings->common.prefixes[i].domains);
	}
	free(settings->common.prefixes);
}
