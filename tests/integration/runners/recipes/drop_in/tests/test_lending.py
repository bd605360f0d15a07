"""Tests of code that commits by itself: each has a database of its own."""
from threading import Thread

import pytest
from library.lending import acquire, reorganise, titles
from sqlalchemy import inspect

TITLES = ["Emma", "Persuasion", "Sanditon", "The Watsons", "Lady Susan", "Mathilda"]


@pytest.mark.parametrize("title", TITLES)
def test_a_book_is_acquired(own_engine, title):
    acquire(own_engine, "Jane Austen", title)
    assert titles(own_engine) == [title]


@pytest.mark.parametrize("title", TITLES)
def test_books_of_one_author(own_engine, title):
    acquire(own_engine, "Jane Austen", title)
    acquire(own_engine, "Jane Austen", "Northanger Abbey")
    assert titles(own_engine) == [title, "Northanger Abbey"]


@pytest.mark.parametrize("title", TITLES)
def test_two_desks_at_once(own_engine, title):
    desks = [Thread(target=acquire, args=(own_engine, f"Author {desk}", title)) for desk in range(2)]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join()
    assert titles(own_engine) == [title, title]


@pytest.mark.parametrize("title", TITLES)
def test_a_new_shelf(own_engine, title):
    acquire(own_engine, "Jane Austen", title)
    reorganise(own_engine)
    assert "shelf" in {column["name"] for column in inspect(own_engine).get_columns("book")}


@pytest.mark.parametrize("title", TITLES)
def test_the_shelves_of_others_are_as_they_were(own_engine, title):
    assert "shelf" not in {column["name"] for column in inspect(own_engine).get_columns("book")}
    assert titles(own_engine) == []
