from concurrent.futures import ThreadPoolExecutor

import pytest
from library.models import Loan, Reader, loan_number
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session


def numbers(session):
    return session.scalars(select(Loan.number).order_by(Loan.number)).all()


@pytest.mark.parametrize("reader", [1, 2])
def test_the_first_loan_has_the_first_number(session, reader):
    session.add(Loan(book_id=1, reader_id=reader))
    session.commit()
    assert [loan.number for loan in session.get(Reader, reader).loans] == [1001]


def test_a_book_is_lent_and_returned_and_lent_again(session):
    for _ in range(3):
        loan = Loan(book_id=1, reader_id=1)
        session.add(loan)
        session.commit()
        loan.returned = session.scalar(select(func.current_date()))
        session.commit()
    assert numbers(session) == [1001, 1002, 1003]


def test_a_book_is_lent_once_at_a_time(session):
    session.add(Loan(book_id=1, reader_id=1))
    session.commit()
    session.add(Loan(book_id=1, reader_id=1))
    with pytest.raises(IntegrityError):
        session.commit()
    session.rollback()
    assert numbers(session) == [1001]


def test_a_loan_may_come_before_its_reader_in_a_transaction(session):
    session.execute(insert(Loan).values(book_id=1, reader_id=3))
    session.execute(insert(Reader).values(name="Katherine"))
    session.commit()
    assert session.get(Reader, 3).loans[0].number == 1001


def test_two_threads_lend(engine, session):
    def lend(reader):
        with Session(engine) as own:
            loan = Loan(book_id=3, reader_id=reader)
            own.add(loan)
            own.commit()
            return loan.number

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(lend, (1, 2))) == [1001, 1002]
    assert numbers(session) == [1001, 1002]


def test_a_savepoint_is_rolled_back(session):
    session.add(Loan(book_id=1, reader_id=1))
    with session.begin_nested() as inner:
        session.add(Loan(book_id=2, reader_id=1))
        session.flush()
        inner.rollback()
    session.add(Loan(book_id=3, reader_id=1))
    session.commit()
    assert numbers(session) == [1001, 1003]


def test_numbers_are_used_up_without_a_loan(session):
    assert [session.scalar(loan_number) for _ in range(5)] == [1001, 1002, 1003, 1004, 1005]


def test_numbers_go_on_elsewhere(session):
    session.execute(text("SELECT setval('loan_number', 5000)"))
    session.add(Loan(book_id=1, reader_id=1))
    session.commit()
    assert numbers(session) == [5001]


def test_a_thousand_loans_are_copied_in(engine, session):
    with engine.begin() as connection:
        cursor = connection.connection.cursor()
        with cursor.copy("COPY loan (book_id, reader_id, returned) FROM STDIN") as copy:
            for number in range(1000):
                copy.write_row((number % 5 + 1, number % 2 + 1, "2024-02-29"))
    assert session.execute(select(func.count(), func.max(Loan.number))).one() == (1000, 2000)


def test_what_was_deleted_in_the_transaction_of_its_insert(session):
    session.execute(insert(Loan), [{"book_id": book, "reader_id": 2} for book in range(1, 6)])
    session.execute(update(Loan).values(reader_id=1))
    session.execute(text("DELETE FROM loan WHERE number % 2 = 1"))
    session.commit()
    assert numbers(session) == [1002, 1004]
