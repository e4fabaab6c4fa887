# SPDX-License-Identifier: GPL-2.0-or-later
# The pure packet core: a library without I/O, so that it is tested and fuzzed without root.
noinst_LIBRARIES += libnat64core.a
libnat64core_a_SOURCES = \
	nat64/checksum.h \
	nat64/fragment.c nat64/fragment.h \
	nat64/header.c nat64/header.h \
	nat64/hold.c nat64/hold.h \
	nat64/icmp.c nat64/icmp.h \
	nat64/identification.c nat64/identification.h \
	nat64/job.h \
	nat64/mapindex.c nat64/mapindex.h \
	nat64/maps.c nat64/maps.h \
	nat64/merge.c nat64/merge.h \
	nat64/offload.c nat64/offload.h \
	nat64/packet.c nat64/packet.h \
	nat64/policy.c nat64/policy.h \
	nat64/sender.c nat64/sender.h \
	nat64/quote.c \
	nat64/reason.c nat64/reason.h \
	nat64/reply.c nat64/reply.h \
	nat64/to4.c \
	nat64/to6.c \
	nat64/translate.c nat64/translate.h \
	nat64/transport.c nat64/transport.h

# The daemon around it. Everything but main is a library, so that the unit tests link it.
noinst_LIBRARIES += libnat64d.a
libnat64d_a_SOURCES = \
	nat64/announce.c nat64/announce.h \
	nat64/answer.c nat64/answer.h nat64/answer_clients.c nat64/answer_counters.c \
	nat64/background.c nat64/background.h \
	nat64/bucket.h \
	nat64/calls.c nat64/calls.h \
	nat64/counters.c nat64/counters.h \
	nat64/daemon.c nat64/daemon.h \
	nat64/device.c nat64/device.h \
	nat64/example.c nat64/example.h \
	nat64/fence.c nat64/fence.h \
	nat64/flow.c nat64/flow.h \
	nat64/holder.c nat64/holder.h \
	nat64/keeper.c nat64/keeper.h \
	nat64/launch.c nat64/launch.h \
	nat64/leasefile.c nat64/leasefile.h \
	nat64/leases.c nat64/leases.h nat64/leases_reclaim.c nat64/leases_table.h nat64/leases_walk.c \
	nat64/oldest.c nat64/oldest.h \
	nat64/options.c nat64/options.h \
	nat64/packetlog.c nat64/packetlog.h \
	nat64/places.c nat64/places.h \
	nat64/pool.c nat64/pool.h \
	nat64/reload.c nat64/reload.h \
	nat64/rights.c nat64/rights.h \
	nat64/sanitized.h \
	nat64/server.c nat64/server.h \
	nat64/site.c nat64/site.h \
	nat64/state.c nat64/state.h \
	nat64/watchdog.c nat64/watchdog.h \
	nat64/worker.c nat64/worker.h
libnat64d_a_CPPFLAGS = $(AM_CPPFLAGS) $(URCU_CFLAGS) $(JANSSON_CFLAGS) $(CAPNG_CFLAGS) $(SECCOMP_CFLAGS) $(SYSTEMD_CFLAGS) $(MNL_CFLAGS)

# The asking side of its control socket, for whoever looks at the daemon from outside.
noinst_LIBRARIES += libnat64control.a
libnat64control_a_SOURCES = nat64/control.c nat64/control.h nat64/log.c nat64/log.h
libnat64control_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SYSTEMD_CFLAGS)

sbin_PROGRAMS += nat64d
nat64d_SOURCES = nat64/nat64d.c
nat64d_LDADD = libnat64d.a libnat64core.a libnat64control.a libkernel.a libconf.a $(MNL_LIBS) $(URCU_LIBS) $(JANSSON_LIBS) $(CAPNG_LIBS) $(SECCOMP_LIBS) $(SYSTEMD_LIBS)
