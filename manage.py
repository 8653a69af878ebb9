#!/usr/bin/env python
"""Entry point of every operator command; see docs/operate.md."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelship.settings.base")
    execute_from_command_line(sys.argv)
