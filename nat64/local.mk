# SPDX-License-Identifier: GPL-2.0-or-later
# The pure packet core: a library without I/O, so that it is tested and fuzzed without root.
noinst_LIBRARIES += libnat64core.a
libnat64core_a_SOURCES = \
	nat64/hold.h \
	nat64/identification.c nat64/identification.h \
	nat64/maps.c nat64/maps.h \
	nat64/reason.c nat64/reason.h \
	nat64/translate.h
