/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Unbound that the module is built for, and what its versions call differently.
 *
 * UNBOUND_CONFIG names the config.h of its built source: ours has the same name. UNBOUND_VERSION is 1017 for 1.17.
 * Every difference is one of arguments, so that a missing case is an error of the compiler and never one at run time.
 */
#ifndef MODULE_COMPAT_H
#define MODULE_COMPAT_H

#include UNBOUND_CONFIG

#if UNBOUND_VERSION < 1017
#error "this Unbound is too old: 1.17 is the first that the module knows"
#endif

/* construct_reply_info_base: 1.18 adds the reason for a bogus reply, 1.22 how long to serve expired without recursion. */
#if UNBOUND_VERSION >= 1022
#define compat_reply_new(region, flags, ttl, prefetch, expired, answers, authorities, security)                        \
	construct_reply_info_base(region, flags, 1, ttl, prefetch, expired, 0, answers, authorities, 0,                \
				  (answers) + (authorities), security, LDNS_EDE_NONE)
#elif UNBOUND_VERSION >= 1018
#define compat_reply_new(region, flags, ttl, prefetch, expired, answers, authorities, security)                        \
	construct_reply_info_base(region, flags, 1, ttl, prefetch, expired, answers, authorities, 0,                   \
				  (answers) + (authorities), security, LDNS_EDE_NONE)
#else
#define compat_reply_new(region, flags, ttl, prefetch, expired, answers, authorities, security)                        \
	construct_reply_info_base(region, flags, 1, ttl, prefetch, expired, answers, authorities, 0,                   \
				  (answers) + (authorities), security)
#endif

/* dns_cache_store: 1.23 adds whether the query is the validator's own. */
#if UNBOUND_VERSION >= 1023
#define compat_cache_store(env, qinfo, reply, leeway, region, flags, start)                                            \
	dns_cache_store(env, qinfo, reply, 0, leeway, 0, region, flags, start, 0)
#else
#define compat_cache_store(env, qinfo, reply, leeway, region, flags, start)                                            \
	dns_cache_store(env, qinfo, reply, 0, leeway, 0, region, flags, start)
#endif

/* attach_sub: 1.25 adds the client's response-ip settings; a look-up of ours is nobody's. own: a mesh state
 * that no client's question shares (is_valrec). */
#if UNBOUND_VERSION >= 1025
#define compat_attach_sub(qstate, qinfo, flags, own, sub)                                                              \
	(qstate)->env->attach_sub(qstate, qinfo, NULL, flags, 0, own, sub)
#else
#define compat_attach_sub(qstate, qinfo, flags, own, sub) (qstate)->env->attach_sub(qstate, qinfo, flags, 0, own, sub)
#endif

#endif
