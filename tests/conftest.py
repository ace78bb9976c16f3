"""What every test starts from."""

from __future__ import annotations

import os

# Tests start hundreds of children; each would compile all it imports again where this is set.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
