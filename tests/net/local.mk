# SPDX-License-Identifier: GPL-2.0-or-later
# Tests on network namespaces; they need root and run by pytest, see runtests.
EXTRA_DIST += \
	tests/conftest.py \
	tests/net/lab.py \
	tests/net/path.py \
	tests/net/resolver.py \
	tests/net/test_dns.py \
	tests/net/test_dns_leak.py \
	tests/net/test_dns_life.py \
	tests/net/test_translator.py \
	tests/net/traffic.py \
	tests/net/upstream.py \
	tests/net/test_lab.py

# What the tests of the name service start Unbound with.
noinst_PROGRAMS += tests/net/print-unbound-conf
tests_net_print_unbound_conf_SOURCES = tests/net/print-unbound-conf.c
tests_net_print_unbound_conf_LDADD = libunboundconf.a libconf.a
