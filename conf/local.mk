# SPDX-License-Identifier: GPL-2.0-or-later
noinst_LIBRARIES += libconf.a
libconf_a_SOURCES = \
	conf/address.c conf/address.h \
	conf/check.c conf/check.h \
	conf/clock.h \
	conf/common.h \
	conf/complete.c \
	conf/directive.h \
	conf/dns.h \
	conf/entries.h conf/entries_dns.h conf/entries_translation.h \
	conf/file.c conf/file.h \
	conf/http.c conf/http.h \
	conf/lines.c conf/lines.h \
	conf/mapfile.c conf/mapfile.h \
	conf/named.c conf/named.h \
	conf/node.h \
	conf/gateway.c conf/gateway.h \
	conf/networks.c conf/networks.h \
	conf/options.c conf/options.h \
	conf/own.c \
	conf/policy.c conf/policy.h \
	conf/prefix.c conf/prefix.h \
	conf/printable.c conf/printable.h \
	conf/probe.c \
	conf/reach.c conf/reach.h \
	conf/reader.c conf/reader.h \
	conf/report.c conf/report.h \
	conf/rfc6052.c conf/rfc6052.h \
	conf/rfc7050.c conf/rfc7050.h \
	conf/runtime.c conf/runtime.h \
	conf/settings.c conf/settings.h \
	conf/special.c conf/special.h \
	conf/store.c conf/store.h \
	conf/stream.c conf/stream.h \
	conf/table.c \
	conf/tailnet.c conf/tailnet.h \
	conf/tayga.c \
	conf/limit.c \
	conf/translation.h \
	conf/tree.c conf/tree.h \
	conf/twin.c \
	conf/twin6.c \
	conf/upstream.c conf/upstream.h \
	conf/value.c conf/value.h
if HAVE_JANSSON
libconf_a_SOURCES += conf/json.c conf/json.h
endif
libconf_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
libconf_a_CFLAGS = $(AM_CFLAGS) -fPIC -fvisibility=hidden
