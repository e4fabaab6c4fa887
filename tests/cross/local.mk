# SPDX-License-Identifier: GPL-2.0-or-later
# Other machines: test_cross.py builds nat64d and its tests for them, and holds what comes of packets there against this build.
EXTRA_DIST += tests/cross/README.md tests/cross/machines.py tests/cross/openwrt tests/cross/recipes.py tests/cross/test_alone.py tests/cross/test_cross.py tests/cross/test_recipes.py
noinst_PROGRAMS += tests/cross/vectors
tests_cross_vectors_SOURCES = tests/cross/vectors.c tests/unit/nat64/core/packet-check.c tests/unit/nat64/core/packet-check.h
tests_cross_vectors_LDADD = libnat64core.a libconf.a
