require_relative "shelf"

class NovelTest < ActiveSupport::TestCase
  include Shelf
end
