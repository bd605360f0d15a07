import pytest
from library.models import Book, Tag, book_tag
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError


def links(session):
    return [tuple(row) for row in session.execute(select(book_tag).order_by(*book_tag.c))]


@pytest.mark.parametrize("key", [2, 4, 5])
def test_a_book_gets_a_new_tag(session, key):
    book = session.get(Book, key)
    book.tags.append(Tag(name="short"))
    session.commit()
    assert (key, 4) in links(session) and len(links(session)) == 5


def test_a_book_loses_its_tags(session):
    book = session.get(Book, 1)
    book.tags.clear()
    session.commit()
    assert links(session) == [(3, 2), (3, 3)]


def test_a_tag_has_other_books(session):
    session.get(Tag, 3).books = [session.get(Book, key) for key in (2, 3, 4)]
    session.commit()
    assert links(session) == [(1, 1), (2, 3), (3, 2), (3, 3), (4, 3)]


def test_without_the_tag_its_links_go(session):
    session.delete(session.get(Tag, 3))
    session.commit()
    assert links(session) == [(1, 1), (3, 2)]


def test_every_book_gets_every_tag(session):
    session.execute(book_tag.delete())
    pairs = select(Book.id, Tag.id).join(Tag, Tag.id > 0)
    session.execute(insert(book_tag).from_select(["book_id", "tag_id"], pairs))
    session.commit()
    assert len(links(session)) == 15


def test_links_are_moved_to_another_book(session):
    session.execute(update(book_tag).where(book_tag.c.book_id == 3).values(book_id=5))
    session.commit()
    assert [tag.name for tag in session.get(Book, 5).tags] == ["horror", "classic"]


def test_a_link_is_there_once(session):
    session.add(Tag(name="kept"))
    session.commit()
    with pytest.raises(IntegrityError):
        session.execute(insert(book_tag).values(book_id=1, tag_id=1))
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Tag)) == 4
