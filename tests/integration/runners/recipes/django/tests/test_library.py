"""For Django's own runner, which gives each class to a worker."""
import multiprocessing
import os
import time
import unittest

from django.db import connection, transaction
from django.test import TestCase
from library.models import Author, Book, Visitor
from library.test_runner import PristineTestCase


def nobody_else_is_here(test):
    worker = multiprocessing.current_process().name
    Visitor.objects.get_or_create(worker=worker)
    test.assertEqual(list(Visitor.objects.values_list("worker", flat=True)), [worker], connection.settings_dict["NAME"])


class RolledBack(TestCase):
    @classmethod
    def setUpClass(cls):
        with transaction.atomic():
            nobody_else_is_here(cls())
        super().setUpClass()

    def test_a_book(self):
        Book.objects.create(author=Author.objects.create(name="Jane Austen"), title="Emma")
        time.sleep(0.3)
        self.assertEqual(Book.objects.count(), 6)


class RolledBackToo(RolledBack):
    pass


@unittest.skipUnless("PGCLONE_SOCKET" in os.environ, "needs pgclone run")
class Committed(PristineTestCase):
    def test_a_book(self):
        Book.objects.create(author=Author.objects.get(name="Mary Shelley"), title="Valperga")
        self.assertEqual(Book.objects.count(), 6)

    def test_another_book(self):
        self.test_a_book()


class CommittedToo(Committed):
    pass
