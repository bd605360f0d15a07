from decimal import Decimal

import pytest
from library.models import Author, Binding, Book, Category, PriceChange
from sqlalchemy import JSON, func, insert, literal, null, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError


def emma(**columns):
    return Book(**{"author_id": 2, "isbn": "9780141439587", "title": "Emma", "price": Decimal("7.25"), **columns})


def count(session):
    return session.scalar(select(func.count()).select_from(Book))


def test_the_server_fills_in_what_is_left_out(session):
    book = emma()
    session.add(book)
    session.commit()
    assert (book.id, book.binding, book.details, book.copies) == (6, Binding.paperback, {}, 1)
    assert book.added_at <= session.scalar(select(func.now()))


@pytest.mark.parametrize("binding", Binding)
def test_a_book_has_any_binding(session, binding):
    session.add(emma(binding=binding))
    session.commit()
    assert session.scalars(select(Book.binding).where(Book.id == 6)).one() is binding
    assert count(session) == 6


@pytest.mark.parametrize("details", [{"a": {"b": [1, None, "ü"]}}, {}, {"n": -1.5}, {"": " \" \\ \t"}], ids=str)
def test_details_come_back(session, details):
    session.get(Book, 1).details = details
    session.commit()
    assert session.get(Book, 1).details == details


def test_details_may_be_nothing_in_json_but_not_in_sql(session):
    session.execute(update(Book).where(Book.id == 1).values(details=JSON.NULL))
    session.commit()
    assert session.get(Book, 1).details is None
    with pytest.raises(IntegrityError):
        session.execute(update(Book).values(details=null()))
    session.rollback()


def test_a_part_of_the_details_is_changed(session):
    details = func.jsonb_set(Book.details, postgresql.array(["year"]), literal(1900, postgresql.JSONB))
    session.execute(update(Book).where(Book.author_id == 2).values(details=details))
    session.commit()
    years = session.scalars(select(Book.details["year"].as_integer()).order_by(Book.id))
    assert years.all() == [1851, 1853, 1900, 1900, 1900]


def test_all_prices_rise_and_each_is_noted(session):
    session.execute(update(Book).values(price=Book.price * Decimal("1.1")))
    session.commit()
    assert session.scalar(select(func.sum(Book.price))) == Decimal("55.97")
    changes = select(PriceChange.book_id, PriceChange.old, PriceChange.new).order_by(PriceChange.book_id)
    assert session.execute(changes).first() == (1, Decimal("24.90"), Decimal("27.39"))
    assert session.scalar(select(func.count()).select_from(PriceChange)) == 5


def test_a_price_that_changes_twice_is_noted_twice(session):
    for price in (1, 2):
        session.get(Book, 3).price = price
        session.commit()
    assert session.scalars(select(PriceChange.old).order_by(PriceChange.changed_at)).all() == [Decimal("8.99"), 1]


def test_what_is_not_the_price_is_not_noted(session):
    session.execute(update(Book).values(copies=Book.copies + 1))
    session.commit()
    assert session.scalars(select(Book.copies)).all() == [2] * 5
    assert session.scalars(select(PriceChange)).all() == []


def test_a_negative_price_is_refused(session):
    session.get(Book, 1).price = -1
    with pytest.raises(IntegrityError):
        session.commit()
    session.rollback()
    assert session.get(Book, 1).price == Decimal("24.90")


def test_a_book_that_is_there_is_updated_in_place(session):
    values = [{"author_id": 1, "isbn": isbn, "title": "Again", "price": 1} for isbn in ("9780142437247", "1")]
    statement = postgresql.insert(Book).values(values)
    statement = statement.on_conflict_do_update(index_elements=["isbn"], set_={"title": statement.excluded.title})
    session.execute(statement)
    session.commit()
    # The row that was there has used up an id, as it does.
    assert session.scalars(select(Book.id).where(Book.title == "Again").order_by(Book.id)).all() == [1, 7]


def test_books_are_copied_by_the_server(session):
    columns = ["author_id", "isbn", "title", "price"]
    old = select(Book.author_id, Book.isbn + "x", Book.title, Book.price)
    session.execute(update(Book).values(isbn=func.left(Book.isbn, 12)))
    session.execute(insert(Book).from_select(columns, old.order_by(Book.id)))
    session.commit()
    assert count(session) == 10
    ids = select(func.min(Book.id), func.max(Book.id)).where(Book.isbn.like("%x"))
    assert session.execute(ids).one() == (6, 10)


def test_a_book_moves_to_another_author_and_category(session):
    book = session.get(Book, 5)
    book.author, book.category = session.get(Author, 1), session.get(Category, 3)
    session.commit()
    assert [book.title for book in session.get(Author, 1).books] == ["Moby-Dick", "Bartleby", "Mathilda"]


def test_a_book_comes_and_goes(session):
    book = emma()
    session.add(book)
    session.commit()
    session.delete(book)
    session.commit()
    assert count(session) == 5


def test_a_book_goes_and_comes_back_as_it_was(session):
    book = session.get(Book, 1)
    row = {column.key: getattr(book, column.key) for column in Book.__table__.columns}
    session.delete(book)
    session.commit()
    session.execute(insert(Book).values(row))
    session.commit()
    assert session.get(Book, 1).title == "Moby-Dick" and session.get(Book, 1).tags == []
