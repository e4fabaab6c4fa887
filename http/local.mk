# SPDX-License-Identifier: GPL-2.0-or-later
# The server of the page: all but main is a library, so that the unit tests and the fuzzer reach it.
noinst_LIBRARIES += libhttp.a
libhttp_a_SOURCES = \
	http/advice.c http/advice.h \
	http/history.c http/history.h \
	http/listen.c http/listen.h \
	http/openmetrics.c http/openmetrics.h \
	http/reply.c http/reply.h \
	http/request.c http/request.h \
	http/routes.c http/routes.h \
	http/snapshot.c http/snapshot.h \
	http/text.c http/text.h \
	http/visitor.c http/visitor.h
nodist_libhttp_a_SOURCES = http/page.c
CLEANFILES += http/page.c
libhttp_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(MICROHTTPD_CFLAGS)

relaylibexec_PROGRAMS = nat64-relay-http
nat64_relay_http_SOURCES = http/main.c
nat64_relay_http_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(MICROHTTPD_CFLAGS) $(SECCOMP_CFLAGS) $(SYSTEMD_CFLAGS)
nat64_relay_http_LDADD = libhttp.a libnat64d.a libconf.a $(MICROHTTPD_LIBS) $(JANSSON_LIBS) $(CAPNG_LIBS) $(SECCOMP_LIBS) $(SYSTEMD_LIBS)
EXTRA_DIST += http/README.md http/page.html http/page.h

# The page as octets of C.
http/page.c: $(srcdir)/http/page.html http/local.mk
	$(AM_V_GEN)$(MKDIR_P) http && { printf '#include "http/page.h"\n\nconst unsigned char http_page[] = {\n'; od -An -v -tx1 '$(srcdir)/http/page.html' | \
		$(SED) 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; printf '};\nconst size_t http_page_size = sizeof(http_page);\n'; } >$@.new && mv $@.new $@
