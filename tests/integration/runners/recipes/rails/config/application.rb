# A library that Debian's Active Support 6.1 forgets to load before it uses it.
require "logger"
require "rails"
require "active_record/railtie"

class Library < Rails::Application
  config.load_defaults 6.1
  config.eager_load = false
  config.secret_key_base = "of a test"
  config.logger = Logger.new(IO::NULL)
end
