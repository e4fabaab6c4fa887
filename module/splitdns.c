/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Unbound module: what Unbound calls.
 *
 * Unbound asks its modules in a row, this one first, and only when its cache has no answer. A question about a name
 * outside of every split domain goes on to the next module, untouched. What happens to any other is in question.c.
 *
 * Memory: the state of a question lies in the region that Unbound frees with it. The settings are one object, made in
 * init() before there are threads and never changed; Unbound's dynlib module keeps it for us.
 */
#include "module/compat.h"

#include "module/splitdns.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "module/guard.h"
#include "module/question.h"

#include "dynlibmod/dynlibmod.h"
#include "util/log.h"

#include <stdlib.h>

/* Where the settings are kept. */
static void **settings_place(const struct module_env *env, int id)
{
	return &((struct dynlibmod_env *)env->modinfo[id])->dyn_env;
}

void operate(struct module_qstate *qstate, enum module_ev event, int id, struct outbound_entry *outbound)
{
	(void)outbound;
	guard_query_check(qstate);
	switch (event) {
	case module_event_new:
	case module_event_pass:
		if (qstate->minfo[id])
			question_run(qstate, id, qstate->minfo[id]);
		else
			question_begin(qstate, id, *settings_place(qstate->env, id));
		break;
	case module_event_moddone: /* the next modules have answered a question that is not ours */
		qstate->ext_state[id] = module_finished;
		break;
	default:
		qstate->ext_state[id] = module_error;
		break;
	}
}

void inform_super(struct module_qstate *finished, int id, struct module_qstate *qstate)
{
	struct question *question = qstate->minfo[id];

	if (!question)
		return;
	question->step = lookup_take(finished, qstate, &question->lookup) < 0 ? STOP_FAIL : question->next;
}

void clear(struct module_qstate *qstate, int id)
{
	qstate->minfo[id] = NULL;
}

size_t get_mem(struct module_env *env, int id)
{
	const struct split_domains *domains = *settings_place(env, id);

	return domains ? sizeof(*domains) + domains->count * sizeof(*domains->list) : 0;
}

/* Say which clients do not go through the relay because relay.conf will have it so. */
static void settings_say(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->policy_count; i++) {
		const struct conf_policy *policy = &settings->policies[i];

		if (policy->a == CONF_A_REAL)
			log_warn("splitdns: a-policy %s real: clients that take the IPv4 address go around the relay",
				 policy->split);
		if (policy->native_aaaa)
			log_warn("splitdns: native-aaaa %s yes: clients go directly to names that have IPv6 addresses alone",
				 policy->split);
	}
}

static struct split_domains *domains_read(const char *path, struct conf_report *report)
{
	struct conf_settings *settings = conf_settings_read(path, report);
	struct split_domains *read = settings ? split_domains_new(settings, report) : NULL;

	if (read)
		settings_say(settings);
	conf_settings_free(settings);
	return read;
}

int init(struct module_env *env, int id)
{
	const char *path = getenv("NAT64_RELAY_CONF");
	struct conf_report report = { 0 };
	struct split_domains *domains;

	if (!guard_program_is_ours())
		return 0;
	if (!path || *path == '\0')
		path = RELAY_CONF_PATH;
	domains = domains_read(path, &report);
	for (size_t i = 0; i < report.count; i++)
		log_err("splitdns: %s", report.lines[i]);
	if (!domains)
		log_err("splitdns: cannot use %s: put right what the lines above say, and see that the user Unbound runs "
			"as may read it", path);
	conf_report_clear(&report);
	*settings_place(env, id) = domains;
	return domains != NULL;
}

void deinit(struct module_env *env, int id)
{
	split_domains_free(*settings_place(env, id));
	*settings_place(env, id) = NULL;
}
