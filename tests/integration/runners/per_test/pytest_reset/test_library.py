import library
import pytest


@pytest.mark.parametrize("title", ["Emma", "Persuasion", "Sanditon", "The Watsons"])
def test_the_first_book_of_an_author(title):
    assert library.add_book("Jane Austen", title) == 6
