# SPDX-License-Identifier: GPL-2.0-or-later
# The pure packet core: a library without I/O, so that it is tested and fuzzed without root.
noinst_LIBRARIES += libnat64core.a
libnat64core_a_SOURCES = \
	nat64/core/checksum.h \
	nat64/core/fragment.c nat64/core/fragment.h \
	nat64/core/header.c nat64/core/header.h \
	nat64/core/icmp.c nat64/core/icmp.h \
	nat64/core/packet_context.h \
	nat64/core/echo.h nat64/core/rules.h \
	nat64/core/mapindex.c nat64/core/mapindex.h \
	nat64/core/maps.c nat64/core/maps.h \
	nat64/core/merge.c nat64/core/merge.h \
	nat64/core/offload.c nat64/core/offload.h \
	nat64/core/packet.c nat64/core/packet.h \
	nat64/core/policy.c nat64/core/policy.h \
	nat64/core/sender.c nat64/core/sender.h \
	nat64/core/quote.c \
	nat64/core/reason.c nat64/core/reason.h \
	nat64/core/reply.c nat64/core/reply.h \
	nat64/core/to4.c \
	nat64/core/to6.c \
	nat64/core/context.h \
	nat64/core/translate.c nat64/core/translate.h \
	nat64/core/transport.c nat64/core/transport.h

# The daemon around it. Everything but main is a library, so that the unit tests link it.
noinst_LIBRARIES += libnat64d.a
libnat64d_a_SOURCES = \
	nat64/daemon/answer.h \
	nat64/daemon/background.c nat64/daemon/background.h \
	nat64/pool/bucket.h \
	nat64/daemon/capabilities.h \
	nat64/daemon/seccomp.h \
	nat64/daemon/counters.h \
	nat64/daemon/daemon.c nat64/daemon/daemon.h \
	nat64/daemon/device.c nat64/daemon/device.h \
	nat64/daemon/drop_sample.c nat64/daemon/drop_sample.h \
	nat64/daemon/landlock.c nat64/daemon/landlock.h \
	nat64/daemon/flow.c nat64/daemon/flow.h \
	nat64/pool/lock.c nat64/pool/lock.h \
	nat64/pool/lease_writer.c nat64/pool/lease_writer.h \
	nat64/daemon/fastpath.h nat64/daemon/fastpath_start.c nat64/daemon/fastpath_start.h nat64/bpf/plain.h \
	nat64/tayga/launch.c nat64/tayga/launch.h \
	nat64/daemon/learner.c nat64/daemon/learner.h \
	nat64/pool/leasefile.c nat64/pool/leasefile.h \
	nat64/pool/lease.h nat64/pool/leases.c nat64/pool/leases.h nat64/pool/leases_entry.h nat64/pool/leases_reclaim.c nat64/pool/leases_shared.c nat64/pool/leases_shared.h nat64/pool/leases_table.h nat64/pool/leases_walk.c nat64/pool/leases_walk.h \
	nat64/pool/lru.c nat64/pool/lru.h \
	nat64/tayga/options.c nat64/tayga/options.h \
	nat64/daemon/packetlog.c nat64/daemon/packetlog.h \
	nat64/pool/bitmap.c nat64/pool/bitmap.h \
	nat64/pool/pool.c nat64/pool/pool.h \
	nat64/daemon/reload.c nat64/daemon/reload.h \
	nat64/daemon/privileges.c nat64/daemon/privileges.h \
	nat64/daemon/sanitized.h \
	nat64/daemon/server.h \
	nat64/pool/shared.h nat64/pool/quota.c nat64/pool/quota.h nat64/pool/wide.h \
	nat64/daemon/state.c nat64/daemon/state.h \
	nat64/daemon/pool_watch.c nat64/daemon/pool_watch.h \
	nat64/daemon/watchdog.c nat64/daemon/watchdog.h \
	nat64/daemon/worker.c nat64/daemon/worker.h
if HAVE_BPF
libnat64d_a_SOURCES += nat64/daemon/fastpath.c
else
libnat64d_a_SOURCES += nat64/daemon/fastpath_none.c
endif
if HAVE_JANSSON
libnat64d_a_SOURCES += nat64/daemon/server.c nat64/daemon/answer.c nat64/daemon/answer_clients.c nat64/daemon/answer_counters.c
else
libnat64d_a_SOURCES += nat64/daemon/server_none.c
endif
if HAVE_CAPNG
libnat64d_a_SOURCES += nat64/daemon/capabilities.c
else
libnat64d_a_SOURCES += nat64/daemon/capabilities_plain.c
endif
if HAVE_SECCOMP
libnat64d_a_SOURCES += nat64/daemon/seccomp.c
else
libnat64d_a_SOURCES += nat64/daemon/seccomp_none.c
endif
libnat64d_a_CPPFLAGS = $(BPF_CFLAGS) $(AM_CPPFLAGS) $(URCU_CFLAGS) $(JANSSON_CFLAGS) $(CAPNG_CFLAGS) $(SECCOMP_CFLAGS) $(SYSTEMD_CFLAGS) $(MNL_CFLAGS)

# The client side of its control socket, for programs that query the daemon, and its log.
noinst_LIBRARIES += libnat64control.a
libnat64control_a_SOURCES = conf/log.c conf/log.h conf/systemd.h
if HAVE_JANSSON
libnat64control_a_SOURCES += nat64/control/control.c nat64/control/control.h
endif
if HAVE_SYSTEMD
libnat64control_a_SOURCES += conf/systemd.c
else
libnat64control_a_SOURCES += conf/systemd_none.c
endif
libnat64control_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SYSTEMD_CFLAGS)

sbin_PROGRAMS += nat64d
nat64d_SOURCES = nat64/daemon/nat64d.c
nat64d_LDADD = libnat64d.a libnat64core.a libnat64control.a libkernel.a libconf.a $(MNL_LIBS) $(URCU_LIBS) $(JANSSON_LIBS) $(CAPNG_LIBS) $(SECCOMP_LIBS) $(SYSTEMD_LIBS) $(BPF_LIBS)

# The fast path: compiled for the kernel, and packed into a header that fastpath.c has inside. bpftool leaves DWARF out, so that the same sources
# give the same bytes.
EXTRA_DIST += nat64/bpf/plain.bpf.c nat64/daemon/fastpath.c nat64/daemon/fastpath_none.c
CLEANFILES += nat64/bpf/plain.bpf.o nat64/bpf/plain.o nat64/bpf/plain.skel.h
if HAVE_BPF
BUILT_SOURCES += nat64/bpf/plain.skel.h
nat64/bpf/plain.skel.h: nat64/bpf/plain.bpf.c nat64/bpf/plain.h nat64/core/checksum.h nat64/core/echo.h nat64/core/rules.h
	$(AM_V_GEN)$(MKDIR_P) nat64/bpf && \
	$(BPF_CLANG) -O2 -g -target bpf -mcpu=v3 -ffreestanding -Wall -Wextra $(PREFIX_MAP_CFLAGS) -I$(top_srcdir) $(BPF_CPPFLAGS) \
		-c $(srcdir)/nat64/bpf/plain.bpf.c -o nat64/bpf/plain.bpf.o && \
	$(BPFTOOL) gen object nat64/bpf/plain.o nat64/bpf/plain.bpf.o && \
	$(BPFTOOL) gen skeleton nat64/bpf/plain.o name plain_bpf > $@.new && mv $@.new $@
nat64/daemon/libnat64d_a-fastpath.$(OBJEXT) nat64/daemon/tests_bench_nat64d-fastpath.$(OBJEXT): nat64/bpf/plain.skel.h
endif
