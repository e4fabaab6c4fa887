/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Unbound that the module is built for, and what its versions call differently.
 *
 * UNBOUND_CONFIG names the config.h of its built source: ours has the same name. Every difference is one of arguments,
 * so that a missing case is an error of the compiler and never one at run time.
 */
#ifndef MODULE_COMPAT_H
#define MODULE_COMPAT_H

#include UNBOUND_CONFIG

#define UNBOUND_AT_LEAST(major, minor) \
	(UNBOUND_VERSION_MAJOR > (major) || (UNBOUND_VERSION_MAJOR == (major) && UNBOUND_VERSION_MINOR >= (minor)))

/* construct_reply_info_base: 1.18 adds the reason for a bogus reply, 1.22 how long to serve expired without recursion. */
#if UNBOUND_AT_LEAST(1, 22)
#define compat_reply_new(region, flags, ttl, prefetch, expired, answers, authorities, security) \
	construct_reply_info_base(region, flags, 1, ttl, prefetch, expired, 0, answers, authorities, 0, \
				  (answers) + (authorities), security, LDNS_EDE_NONE)
#elif UNBOUND_AT_LEAST(1, 18)
#define compat_reply_new(region, flags, ttl, prefetch, expired, answers, authorities, security) \
	construct_reply_info_base(region, flags, 1, ttl, prefetch, expired, answers, authorities, 0, \
				  (answers) + (authorities), security, LDNS_EDE_NONE)
#else
#define compat_reply_new(region, flags, ttl, prefetch, expired, answers, authorities, security) \
	construct_reply_info_base(region, flags, 1, ttl, prefetch, expired, answers, authorities, 0, \
				  (answers) + (authorities), security)
#endif

/* dns_cache_store: 1.23 adds whether the query is the validator's own. */
#if UNBOUND_AT_LEAST(1, 23)
#define compat_cache_store(env, qinfo, reply, leeway, region, flags, start) \
	dns_cache_store(env, qinfo, reply, 0, leeway, 0, region, flags, start, 0)
#else
#define compat_cache_store(env, qinfo, reply, leeway, region, flags, start) \
	dns_cache_store(env, qinfo, reply, 0, leeway, 0, region, flags, start)
#endif

/* attach_sub: 1.25 adds the client's response-ip settings; a look-up of ours is nobody's. */
#if UNBOUND_AT_LEAST(1, 25)
#define compat_attach_sub(qstate, qinfo, flags, sub) (qstate)->env->attach_sub(qstate, qinfo, NULL, flags, 0, 0, sub)
#else
#define compat_attach_sub(qstate, qinfo, flags, sub) (qstate)->env->attach_sub(qstate, qinfo, flags, 0, 0, sub)
#endif

#endif
