/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SANITIZED: built with a sanitizer, which looks around in /proc, stops threads and reads programs for its report. A build for tests
 * alone: what it needs is allowed there, and in no other. */
#ifndef NAT64_DAEMON_SANITIZED_H
#define NAT64_DAEMON_SANITIZED_H

#include <stdbool.h>

#ifdef __has_feature
#define SANITIZED_BY(name) __has_feature(name)
#else
#define SANITIZED_BY(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || SANITIZED_BY(address_sanitizer) ||                \
	SANITIZED_BY(thread_sanitizer)
#define SANITIZED true
#else
#define SANITIZED false
#endif

#endif
