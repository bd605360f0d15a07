"""Nothing else touches this table. Where its rows stay from test to test, the second test fails."""
from decimal import Decimal

from library.models import Fine, Reader
from sqlalchemy import func, select


def owed(session):
    sums = select(Reader.name, func.sum(Fine.amount)).join(Fine, Fine.reader_id == Reader.id)
    return dict(tuple(row) for row in session.execute(sums.where(~Fine.paid).group_by(Reader.name)))


def test_a_reader_is_fined(session):
    session.add(Fine(reader_id=1, amount=Decimal("1.50")))
    session.commit()
    assert owed(session) == {"Ada": Decimal("1.50")}


def test_fines_add_up_until_they_are_paid(session):
    session.add_all(Fine(reader_id=1, amount=amount, paid=amount > 2) for amount in (1, 2, 3))
    session.commit()
    assert owed(session) == {"Ada": 3}
