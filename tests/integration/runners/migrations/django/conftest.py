"""Each worker's settings name its own database."""
import os
import subprocess

import django

os.environ["DATABASE_URL"] = subprocess.check_output(["pgclone", "url"], text=True).strip()
os.environ["DJANGO_SETTINGS_MODULE"] = "library.settings"
django.setup()
