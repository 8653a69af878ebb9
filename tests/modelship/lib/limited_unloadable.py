"""A module that needs a library which is nowhere installed."""

import no_such_library

anything = no_such_library
