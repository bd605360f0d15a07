import os
import time

import pytest
from django.db import transaction
from library.models import Author, Book, Visitor

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")


@pytest.fixture(scope="session", autouse=True)
def nobody_else_is_here(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        Visitor.objects.get_or_create(worker=WORKER)
        assert list(Visitor.objects.values_list("worker", flat=True)) == [WORKER]


@pytest.mark.django_db
@pytest.mark.parametrize("title", ["Emma", "Persuasion", "Sanditon", "The Watsons"])
def test_a_book_is_rolled_back(title):
    Book.objects.create(author=Author.objects.create(name="Jane Austen"), title=title)
    time.sleep(0.05)
    assert Book.objects.count() == 6


@pytest.mark.skipif("PGCLONE_SOCKET" not in os.environ, reason="needs pgclone run")
@pytest.mark.parametrize("title", ["Emma", "Persuasion", "Sanditon", "The Watsons"])
def test_a_book_is_committed(pristine_db, title):
    with transaction.atomic():
        Book.objects.create(author=Author.objects.get(name="Mary Shelley"), title=title)
    assert Book.objects.count() == 6
