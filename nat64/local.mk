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
	nat64/maps.c nat64/maps.h \
	nat64/offload.c nat64/offload.h \
	nat64/packet.c nat64/packet.h \
	nat64/policy.c nat64/policy.h \
	nat64/quote.c \
	nat64/reason.c nat64/reason.h \
	nat64/reply.c nat64/reply.h \
	nat64/to4.c \
	nat64/to6.c \
	nat64/translate.c nat64/translate.h \
	nat64/transport.c nat64/transport.h
