require_relative "../test_helper"

# Tests that commit, with fixed keys and exact counts.
module Shelf
  def self.included(test_class)
    test_class.use_transactional_tests = false
  end

  def setup
    worker = Process.pid.to_s
    Visitor.create!(worker: worker) unless Visitor.exists?(worker: worker)
    assert_equal [worker], Visitor.pluck(:worker), "somebody else is here"
  end

  4.times do |number|
    define_method("test_one_more_book_#{number}") do
      book = Book.create!(id: 100, title: "Typee")
      sleep 0.2
      assert_equal 3, Book.count
      book.destroy!
    end
  end
end
