import os
import sys

from django.core.management import execute_from_command_line

tests = sys.argv[1:2] == ["test"]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "library.test_settings" if tests else "library.settings")
execute_from_command_line(sys.argv)
