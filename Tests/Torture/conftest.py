"""Nothing but the way to the stack of the tests of whole processes."""

import paths  # noqa: F401
