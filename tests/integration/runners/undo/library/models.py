"""The tables, as the application sees them. Its migrations have made them; a test compares both."""
import datetime
import decimal
import enum

from sqlalchemy import (
    CheckConstraint,
    Column,
    Enum,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    Sequence,
    String,
    Table,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

Money = Numeric(8, 2)
Moment = TIMESTAMP(timezone=True)


class Base(DeclarativeBase):
    pass


class Binding(enum.Enum):
    hardcover = "hardcover"
    paperback = "paperback"
    ebook = "ebook"


book_tag = Table(
    "book_tag",
    Base.metadata,
    Column("book_id", ForeignKey("book.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True),
)


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    books: Mapped[list["Book"]] = relationship(
        back_populates="author", order_by="Book.id", cascade="all, delete-orphan", passive_deletes=True
    )


class Category(Base):
    __tablename__ = "category"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    parent: Mapped["Category | None"] = relationship(back_populates="children", remote_side=id)
    children: Mapped[list["Category"]] = relationship(back_populates="parent", order_by="Category.id")


class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(30), unique=True)
    books: Mapped[list["Book"]] = relationship(
        secondary=book_tag, back_populates="tags", order_by="Book.id", passive_deletes=True
    )


class Book(Base):
    __tablename__ = "book"
    __table_args__ = (CheckConstraint("price >= 0", name="book_price_not_negative"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), index=True)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id", ondelete="SET NULL"))
    isbn: Mapped[str] = mapped_column(String(13), unique=True)
    title: Mapped[str]
    binding: Mapped[Binding] = mapped_column(Enum(Binding, name="binding"), server_default="paperback")
    price: Mapped[decimal.Decimal] = mapped_column(Money)
    details: Mapped[dict] = mapped_column(JSONB, server_default=text("'{}'"))
    copies: Mapped[int] = mapped_column(server_default=text("1"))
    added_at: Mapped[datetime.datetime] = mapped_column(Moment, server_default=func.now())
    author: Mapped[Author] = relationship(back_populates="books")
    category: Mapped[Category | None] = relationship()
    tags: Mapped[list[Tag]] = relationship(
        secondary=book_tag, back_populates="books", order_by="Tag.id", passive_deletes=True
    )


class PriceChange(Base):
    """Written by a trigger on the table of books."""

    __tablename__ = "price_change"
    book_id: Mapped[int] = mapped_column(ForeignKey("book.id", ondelete="CASCADE"), primary_key=True)
    changed_at: Mapped[datetime.datetime] = mapped_column(
        Moment, server_default=func.clock_timestamp(), primary_key=True
    )
    old: Mapped[decimal.Decimal] = mapped_column(Money)
    new: Mapped[decimal.Decimal] = mapped_column(Money)


class Reader(Base):
    __tablename__ = "reader"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    loans: Mapped[list["Loan"]] = relationship(back_populates="reader", order_by="Loan.number")


loan_number = Sequence("loan_number", start=1001, metadata=Base.metadata)


class Loan(Base):
    __tablename__ = "loan"
    __table_args__ = (
        Index(
            "loan_once_at_a_time", "book_id", "reader_id", unique=True,
            postgresql_where=text("returned IS NULL"),
        ),
    )  # fmt: skip
    number: Mapped[int] = mapped_column(
        loan_number, server_default=loan_number.next_value(), primary_key=True
    )
    book_id: Mapped[int] = mapped_column(ForeignKey("book.id", ondelete="CASCADE"))
    reader_id: Mapped[int] = mapped_column(ForeignKey("reader.id", deferrable=True, initially="DEFERRED"))
    lent: Mapped[datetime.date] = mapped_column(server_default=func.current_date())
    returned: Mapped[datetime.date | None]
    book: Mapped[Book] = relationship()
    reader: Mapped[Reader] = relationship(back_populates="loans")


class Fine(Base):
    """Only the tests of test_fines.py touch it."""

    __tablename__ = "fine"
    id: Mapped[int] = mapped_column(primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("reader.id", ondelete="CASCADE"))
    amount: Mapped[decimal.Decimal] = mapped_column(Money)
    paid: Mapped[bool] = mapped_column(server_default=text("false"))
