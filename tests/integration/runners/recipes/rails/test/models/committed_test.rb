require_relative "../test_helper"

class CommittedTest < ActiveSupport::TestCase
  self.use_transactional_tests = false
  teardown { restore_database if ENV["PGCLONE_SOCKET"] }

  2.times do |number|
    test "a book stays until the end of the test (#{number})" do
      skip "needs pgclone run" unless ENV["PGCLONE_SOCKET"]
      Book.create!(title: "Omoo")
      assert_equal 3, Book.count
    end
  end
end
