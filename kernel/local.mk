# SPDX-License-Identifier: GPL-2.0-or-later
noinst_LIBRARIES += libkernel.a
libkernel_a_SOURCES = \
	kernel/address.c kernel/address.h \
	kernel/filter.c kernel/filter.h \
	kernel/holder.c \
	kernel/inject.c kernel/inject.h \
	kernel/items.c kernel/items.h \
	kernel/link.c kernel/link.h \
	kernel/lookup.c kernel/lookup.h \
	kernel/listeners.c kernel/listeners.h \
	kernel/monitor.c kernel/monitor.h \
	kernel/netlink.c kernel/netlink.h \
	kernel/route.c kernel/route.h \
	kernel/rule.c kernel/rule.h \
	kernel/orphans.c kernel/orphans.h \
	kernel/state.c kernel/state.h \
	kernel/queue_selector.c kernel/queue_selector.h \
	kernel/tun.c kernel/tun.h
if HAVE_JANSSON
libkernel_a_SOURCES += kernel/sysctl.c kernel/sysctl.h
endif
libkernel_a_CFLAGS = $(AM_CFLAGS) $(MNL_CFLAGS) $(JANSSON_CFLAGS)
