require_relative "shelf"

class TaleTest < ActiveSupport::TestCase
  include Shelf
end
