/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Unbound module: what Unbound calls.
 *
 * Unbound asks its modules in a row, this one first, and only when its cache has no answer. A question about a name
 * outside of every split domain goes on to the next module (see dns64.c for DNS64). What happens to any other is in question_run.c.
 *
 * Memory: the state of a question lies in the region that Unbound frees with it. Settings and counters are one
 * object, made in init() before there are threads; Unbound's dynlib module keeps it for us.
 */
#include "module/compat.h"

#include "module/splitdns.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/tailnet.h"
#include "module/counters.h"
#include "module/domains.h"
#include "module/drain.h"
#include "module/dns64.h"
#include "module/dns64_clients.h"
#include "module/dns64_upstream.h"
#include "module/abi_check.h"
#include "module/instance.h"
#include "module/local_address.h"
#include "module/lookup.h"
#include "module/patience.h"
#include "module/query_log.h"
#include "module/question_run.h"
#include "module/extended_error.h"
#include "module/same_name.h"
#include "module/statistics.h"

#include "dynlibmod/dynlibmod.h"
#include "util/log.h"

#include <stdlib.h>

/* Where the instance is kept. */
static void **instance_place(const struct module_env *env, int id)
{
	return &((struct dynlibmod_env *)env->modinfo[id])->dyn_env;
}

void operate(struct module_qstate *qstate, enum module_ev event, int id, struct outbound_entry *outbound)
{
	const struct instance *instance;

	(void)outbound;
	splitdns_abi_query_check(qstate);
	instance = *instance_place(qstate->env, id);
	drain_join(instance->drain, qstate);
	switch (event) {
	case module_event_new:
	case module_event_pass:
		if (qstate->minfo[id])
			splitdns_question_run(qstate, id, qstate->minfo[id]);
		else
			splitdns_question_begin(qstate, id, instance);
		if (qstate->ext_state[id] == module_wait_module)
			splitdns_dns64_question_show(qstate, id, instance->domains);
		break;
	case module_event_moddone: /* the next modules have answered a question that is not ours */
		splitdns_dns64_question_return(qstate, id, instance->domains);
		splitdns_same_name_question_return(qstate, id);
		qstate->ext_state[id] = module_finished;
		break;
	default:
		qstate->ext_state[id] = module_error;
		break;
	}
}

void inform_super(struct module_qstate *finished, int id, struct module_qstate *qstate)
{
	const struct instance *instance = *instance_place(qstate->env, id);
	struct question *question = qstate->minfo[id];

	if (!question)
		return;
	if (question->is_for_dns64) { /* an answer that came in was read then */
		splitdns_dns64_upstream_wait_end(question);
		splitdns_dns64_upstream_asked(instance->dns64_upstream, *qstate->env->now);
		return;
	}
	question->step = splitdns_lookup_read(finished, qstate, question->domains, question->apart, &question->lookup) < 0 ?
				 STOP_FAIL :
				 question->next;
	if (question->step != STOP_FAIL && question->lookup.again)
		question->step = STEP_LOOK_UP_AGAIN;
	else
		splitdns_statistics_looked_up(question);
}

void clear(struct module_qstate *qstate, int id)
{
	patience_end(qstate->minfo[id]);
	splitdns_dns64_upstream_wait_end(qstate->minfo[id]);
	qstate->minfo[id] = NULL;
}

size_t get_mem(struct module_env *env, int id)
{
	const struct instance *instance = *instance_place(env, id);
	const struct split_domains *domains = instance ? instance->domains : NULL;

	return domains ? sizeof(*instance) + sizeof(*domains) + domains->count * sizeof(*domains->list) : 0;
}

/* Say which clients do not go through the relay because relay.conf will have it so. */
static void settings_log(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.policy_count; i++) {
		const struct conf_policy *policy = &settings->dns.policies[i];

		if (policy->a == CONF_A_REAL)
			log_warn("splitdns: a-policy %s real: clients that use the IPv4 address bypass the relay",
				 policy->split);
		if (policy->a == CONF_A_NXDOMAIN)
			log_warn("splitdns: a-policy %s nxdomain: a resolver between client and relay may conclude "
				 "that the name has no records of any type (RFC 8020)",
				 policy->split);
		if (policy->native_aaaa)
			log_warn("splitdns: native-aaaa %s yes: clients reach names with only IPv6 addresses directly",
				 policy->split);
	}
}

static void report_log(struct conf_report *report, void (*log)(const char *format, ...))
{
	for (size_t i = 0; i < report->count; i++)
		log("splitdns: %s", report->lines[i]);
	conf_report_clear(report);
}

static void instance_free(struct instance *instance)
{
	if (!instance)
		return;
	splitdns_split_domains_free(instance->domains);
	splitdns_counters_close(instance->counters);
	drain_free(instance->drain);
	splitdns_dns64_upstream_free(instance->dns64_upstream);
	free(instance);
}

/* Everything that the settings say, which are the instance's from then on. NULL with a message; what is in the way of counting alone is a warning in the log. */
static struct instance *instance_new(struct conf_settings *settings, struct conf_report *report)
{
	struct instance *instance = calloc(1, sizeof(*instance));
	struct conf_report warnings = {0};

	if (!instance)
		return NULL;
	instance->counters = splitdns_counters_open(settings, &warnings);
	instance->drain = drain_new(settings->node.runtime_dir);
	report_log(&warnings, log_warn);
	instance->dns64_upstream = settings->dns.dns64.on ? splitdns_dns64_upstream_new(settings) : NULL;
	if (instance->counters && (instance->dns64_upstream || !settings->dns.dns64.on))
		instance->domains = splitdns_split_domains_new(settings, report);
	if (instance->domains)
		return instance;
	instance_free(instance);
	return NULL;
}

int init(struct module_env *env, int id)
{
	const char *path = getenv("NAT64_RELAY_CONF");
	struct conf_report report = {0};
	struct conf_settings *settings;
	struct instance *instance = NULL;

	if (!splitdns_abi_program_is_ours())
		return 0;
	if (!path || *path == '\0')
		path = RELAY_CONF_PATH;
	settings = conf_settings_read(path, &report);
	if (settings && conf_tailnet_unknown(settings) > 0)
		conf_report_add_at(&report, path, conf_tailnet_unknown(settings),
				   "\"" CONF_AUTO
				   "\" is a value that only nat64-relay resolves: name its copy, %s/relay.conf, in "
				   "NAT64_RELAY_CONF",
				   settings->node.runtime_dir);
	else if (settings)
		instance = instance_new(settings, &report);
	if (instance)
		settings_log(settings);
	report_log(&report, log_err);
	if (!instance)
		log_err("splitdns: cannot use %s: correct the mistakes in the lines above, and check that Unbound's "
			"user may read it",
			path);
	if (!instance)
		conf_settings_free(settings);
	*instance_place(env, id) = instance;
	if (!instance || splitdns_reason_register(env, id) != 0 ||
	    splitdns_same_name_register(env, id, instance->domains) != 0 ||
	    (instance->domains->has_dns64 && (splitdns_dns64_ttl_register(env, id, instance->dns64_upstream) != 0 ||
					      dns64_clients_register(env, id, instance->domains) != 0)))
		return 0;
	if (settings->dns.query_log) /* behind the others: Unbound calls back in this order, and the log tells what the client gets */
		instance->query_log = splitdns_query_log_start(env, id, instance);
	return 1;
}

void deinit(struct module_env *env, int id)
{
	splitdns_dns64_ttl_unregister(env, id);
	dns64_clients_unregister(env, id);
	splitdns_same_name_unregister(env, id);
	splitdns_reason_unregister(env, id);
	splitdns_query_log_stop(env, id);
	splitdns_local_address_forget();
	instance_free(*instance_place(env, id));
	*instance_place(env, id) = NULL;
}
