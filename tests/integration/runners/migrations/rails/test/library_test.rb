ENV["RAILS_ENV"] = "test"
ENV["DATABASE_URL"] = `pgclone url`.strip
require_relative "../config/environment"
require "minitest/autorun"

class LibraryTest < Minitest::Test
  def test_a_book_has_an_author
    author = Author.create!(name: "Jane Austen")
    Book.create!(author: author, title: "Emma", published: 1815)
    assert_equal ["Emma"], author.books.pluck(:title)
  end
end
