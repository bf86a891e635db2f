"""The core: importing this module gives the build of it that suits this machine.

``BPGUI_CORE`` names another build, as the tests do ("checked", "sanitized"). The compiled module takes the place of
this one, so that ``from bpgui import _core`` reaches it without a layer in between.
"""

import os
import sys
from importlib import import_module

_name = os.environ.get("BPGUI_CORE") or "plain"
try:
    sys.modules[__name__] = import_module(f"bpgui._core_{_name}")
except ModuleNotFoundError as error:
    raise ImportError(
        f"the build {_name!r} of the core is not there; "
        f"BPGUI_BUILDS={_name} python setup.py build_ext --inplace makes it"
    ) from error
