import pytest
from django.contrib.auth.models import User
from library.models import Author, Book


@pytest.mark.parametrize("title", ["Emma", "Persuasion"])
def test_a_book_has_an_author(title):
    author = Author.objects.create(name="Jane Austen")
    Book.objects.create(author=author, title=title, published=1815)
    assert author.book_set.get().title == title


def test_the_tables_of_other_apps_are_there():
    assert not User.objects.filter(username="anne").exists()
