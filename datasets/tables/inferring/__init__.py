"""What the columns of a staged table hold, and the table with values of those kinds."""

from datasets.tables.inferring.columns import KINDS, Column, infer, typed
from datasets.tables.inferring.forms import BY_NAME, FORMS, Form

__all__ = ["BY_NAME", "FORMS", "KINDS", "Column", "Form", "infer", "typed"]
