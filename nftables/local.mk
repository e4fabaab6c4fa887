# SPDX-License-Identifier: GPL-2.0-or-later
noinst_LIBRARIES += libnftables-relay.a
libnftables_relay_a_SOURCES = \
	nftables/batch.c nftables/batch.h \
	nftables/canon.c nftables/canon.h \
	nftables/connection.c nftables/connection.h \
	nftables/condition.h \
	nftables/edges.c nftables/edges.h \
	nftables/exchange.c nftables/exchange.h \
	nftables/expression.c nftables/expression.h \
	nftables/hold.c nftables/hold.h \
	nftables/journey.c nftables/journey.h \
	nftables/match.c nftables/match.h \
	nftables/meter.c nftables/meter.h \
	nftables/monitor.c nftables/monitor.h \
	nftables/names.c nftables/names.h \
	nftables/nftables.c nftables/nftables.h \
	nftables/ranges.c nftables/ranges.h \
	nftables/ruleset.c nftables/ruleset.h \
	nftables/sets.c nftables/sets.h \
	nftables/trace.c nftables/trace.h \
	nftables/trace_build.c \
	nftables/transport.c nftables/transport.h \
	nftables/verdict.c nftables/verdict.h
libnftables_relay_a_CFLAGS = $(AM_CFLAGS) $(NFTNL_CFLAGS) $(MNL_CFLAGS)
