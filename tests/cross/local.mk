# SPDX-License-Identifier: GPL-2.0-or-later
# nat64d alone, and on other machines: runs by pytest, see runtests.
EXTRA_DIST += tests/cross/README.md tests/cross/test_alone.py
