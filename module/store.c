/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the module puts into Unbound's cache by itself. */
#include "module/compat.h"

#include "module/store.h"

#include "services/cache/dns.h"
#include "util/data/msgreply.h"
#include "util/log.h"
#include "util/module.h"

void splitdns_question_store(struct module_qstate *qstate, struct reply_info *reply)
{
	enum sec_status mark = reply->security;

	if (qstate->is_valrec) /* it went past the validator, whose mark would tell the next question that it has been validated */
		reply->security = sec_status_unchecked;
	if (!compat_cache_store(qstate->env, &qstate->qinfo, reply, qstate->prefetch_leeway, qstate->region,
				qstate->query_flags, qstate->qstarttime))
		log_err("splitdns: out of memory");
	reply->security = mark;
}
