import pytest
from library.models import Book, Category
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError


def below(session, root):
    """How many categories there are under one, at any depth."""
    tree = select(Category.id).where(Category.parent_id == root).cte(recursive=True)
    tree = tree.union_all(select(Category.id).join(tree, Category.parent_id == tree.c.id))
    return session.scalar(select(func.count()).select_from(tree))


def test_a_category_has_children(session):
    novels = session.get(Category, 2)
    novels.children = [Category(name="Gothic"), Category(name="Epistolary")]
    session.commit()
    assert [category.id for category in novels.children] == [4, 5]
    assert below(session, 1) == 4


def test_a_deep_tree(session):
    parent = session.get(Category, 3)
    for depth in range(10):
        parent = Category(name=f"Depth {depth}", parent=parent)
    session.add(parent)
    session.commit()
    assert parent.id == 13 and below(session, 1) == 12


def test_a_subtree_is_moved(session):
    fiction, novels, stories = (session.get(Category, key) for key in (1, 2, 3))
    stories.parent = novels
    session.commit()
    assert fiction.children == [novels] and novels.children == [stories]


def test_a_tree_is_turned_upside_down(session):
    session.execute(update(Category).values(parent_id=None))
    session.execute(update(Category).where(Category.id < 3).values(parent_id=Category.id + 1))
    session.commit()
    assert below(session, 3) == 2 and below(session, 1) == 0


def test_a_category_with_children_stays(session):
    session.execute(update(Category).where(Category.id == 3).values(name="Short stories"))
    session.commit()
    with pytest.raises(IntegrityError):
        session.execute(text("DELETE FROM category WHERE id = 1"))
    session.rollback()
    assert session.get(Category, 3).name == "Short stories" and below(session, 1) == 2


def test_without_its_category_a_book_has_none(session):
    session.execute(text("DELETE FROM category WHERE id = 2"))
    session.commit()
    assert session.scalar(select(func.count()).where(Book.category_id.is_(None))) == 4


def test_the_server_alone_gives_categories_their_ids(session):
    with pytest.raises(DBAPIError):
        session.execute(text("INSERT INTO category (id, name) VALUES (7, 'Essays')"))
    session.rollback()
    session.execute(text("INSERT INTO category (id, name) OVERRIDING SYSTEM VALUE VALUES (7, 'Essays')"))
    session.add(Category(name="Letters"))
    session.commit()
    assert session.scalars(select(Category.id).order_by(Category.id)).all() == [1, 2, 3, 4, 7]
