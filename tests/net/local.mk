# SPDX-License-Identifier: GPL-2.0-or-later
# Tests on network namespaces; they need root and run by pytest, see runtests.
EXTRA_DIST += \
	tests/conftest.py \
	tests/net/lab.py \
	tests/net/test_lab.py
