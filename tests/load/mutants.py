# SPDX-License-Identifier: GPL-2.0-or-later
"""The module with one source changed."""
import subprocess

from flood import plain_module
from lab import BUILD, TOP


def mutant(folder, source, old, new):
    """The splitdns.so whose source has the new text in the place of the old."""
    plain_module()
    text = (TOP / "module" / source).read_text()
    assert text.count(old) == 1, f"{source} holds {text.count(old)} times, not once: {old}"
    (folder / source).write_text(text.replace(old, new))
    done = subprocess.run(["make", "-s", "-C", BUILD, "mutant", f"MUTANT={folder}", f"SOURCE={source}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "splitdns.so"
