import subprocess

from django.db import connection, connections
from django.test import TransactionTestCase
from django.test.runner import DiscoverRunner

class Runner(DiscoverRunner):
    """The workers' databases are there, with all their tables: nothing is to be made or dropped."""

    def setup_databases(self, **options):
        if self.parallel > 1:
            # To this name each worker adds "_" and its number.
            connection.settings_dict["NAME"] = connection.settings_dict["NAME"].removesuffix("_1")

    def teardown_databases(self, old_config, **options):
        pass

class PristineTestCase(TransactionTestCase):
    """For tests that commit: after each, the worker's database is as at first. Needs pgclone run."""

    def _fixture_teardown(self):
        worker = connection.settings_dict["NAME"].rpartition("_")[2]
        connections.close_all()
        subprocess.run(["pgclone", "reset", worker], check=True, stdout=subprocess.DEVNULL)
