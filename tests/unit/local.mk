# SPDX-License-Identifier: GPL-2.0-or-later
# A test program a source file, named after what it tests. `make check TESTS=tests/unit/address-test` runs one alone.
if HAVE_CMOCKA
unit_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)

check_PROGRAMS += tests/unit/conf-test
tests_unit_conf_test_SOURCES = tests/unit/conf-test.c
tests_unit_conf_test_CPPFLAGS = $(unit_cppflags)
tests_unit_conf_test_LDADD = libconf.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/tailscale-test
tests_unit_tailscale_test_SOURCES = tests/unit/tailscale-test.c tests/unit/tailscaled.c tests/unit/tailscaled.h
tests_unit_tailscale_test_CPPFLAGS = $(unit_cppflags) $(JANSSON_CFLAGS)
tests_unit_tailscale_test_LDADD = libtailscale.a libconf.a $(JANSSON_LIBS) $(CURL_LIBS) $(CMOCKA_LIBS)
endif

EXTRA_DIST += tests/unit/data/tailscale
