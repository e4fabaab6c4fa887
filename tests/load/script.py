# SPDX-License-Identifier: GPL-2.0-or-later
"""The scripts of this folder as modules: the tests do a part of what they do."""
import importlib.machinery
import importlib.util
from pathlib import Path


def program(name):
    """An executable beside this file as a module."""
    loader = importlib.machinery.SourceFileLoader(name, str(Path(__file__).with_name(name)))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module
