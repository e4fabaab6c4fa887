# SPDX-License-Identifier: GPL-2.0-or-later
# The Unbound module. It is built against the source of the very Unbound that loads it; that tree's headers are not ours
# to mend, so they are system headers.
relaylib_PROGRAMS += module/splitdns.so
module_splitdns_so_SOURCES = \
	module/answer.c module/answer.h \
	module/apart.c module/apart.h \
	module/built_for.h \
	module/compat.h \
	module/counter_file.h \
	module/counters.c module/counters.h \
	module/dns64.c module/dns64.h \
	module/dns64_clients.c module/dns64_clients.h \
	module/dns64_upstream.c module/dns64_upstream.h \
	module/domain.h \
	module/domains.c module/domains.h \
	module/extended_error.c module/extended_error.h \
	module/forward_steps.c \
	module/drain.c module/drain.h \
	module/abi_check.c module/abi_check.h \
	module/instance.h \
	module/local_address.c module/local_address.h \
	module/lookup.c module/lookup.h \
	module/names.c module/names.h \
	module/patience.c module/patience.h \
	module/query_log.c module/query_log.h \
	module/question.h \
	module/question_run.c module/question_run.h \
	module/reason.h \
	module/record.h \
	module/reverse.c module/reverse.h \
	module/reverse_steps.c \
	module/same_name.c module/same_name.h \
	module/rendezvous.c module/rendezvous.h \
	module/splitdns.c module/splitdns.h \
	module/store.c module/store.h \
	module/statistics.c module/statistics.h \
	module/timer.c module/timer.h \
	module/twin.c module/twin.h \
	module/twin6_steps.c
module_splitdns_so_CPPFLAGS = $(AM_CPPFLAGS) $(unbound_cppflags)
module_splitdns_so_CFLAGS = $(AM_CFLAGS) -fPIC -fvisibility=hidden
module_splitdns_so_LDFLAGS = $(AM_LDFLAGS) -shared -Wl,-z,now -Wl,-Bsymbolic
module_splitdns_so_LDADD = libconf.a

unbound_cppflags = $(UNBOUND_TIME_CPPFLAGS) -DUNBOUND_CONFIG='"$(UNBOUND_SOURCE)/config.h"' -DUNBOUND_VERSION=$(UNBOUND_VERSION) -isystem $(UNBOUND_SOURCE)
