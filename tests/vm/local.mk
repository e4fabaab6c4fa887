# SPDX-License-Identifier: GPL-2.0-or-later
# Tests on a whole machine under qemu; they need root and run by pytest, see runtests.
EXTRA_DIST += \
	tests/vm/boots.py \
	tests/vm/conftest.py \
	tests/vm/image.py \
	tests/vm/installed.py \
	tests/vm/load.py \
	tests/vm/machine.py \
	tests/vm/machine_tailnet.py \
	tests/vm/debs.py \
	tests/vm/switched.py \
	tests/vm/test_machine.py \
	tests/vm/test_machine_tailnet.py \
	tests/vm/whole.py
