# SPDX-License-Identifier: GPL-2.0-or-later
# The server of the page: all but main is a library, so that the unit tests and the fuzzer reach it.
noinst_LIBRARIES += libhttp.a
libhttp_a_SOURCES = \
	http/listen.c http/listen.h \
	http/openmetrics.c http/openmetrics.h \
	http/reply.c http/reply.h \
	http/request.c http/request.h \
	http/routes.c http/routes.h \
	http/seal.c http/seal.h \
	http/snapshot.c http/snapshot.h
libhttp_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(MICROHTTPD_CFLAGS) $(SECCOMP_CFLAGS)

relaylibexec_PROGRAMS = nat64-relay-http
nat64_relay_http_SOURCES = http/main.c
nat64_relay_http_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(MICROHTTPD_CFLAGS) $(SYSTEMD_CFLAGS)
nat64_relay_http_LDADD = libhttp.a libnat64d.a libconf.a $(MICROHTTPD_LIBS) $(JANSSON_LIBS) $(CAPNG_LIBS) $(SECCOMP_LIBS) $(SYSTEMD_LIBS)
EXTRA_DIST += http/README.md
