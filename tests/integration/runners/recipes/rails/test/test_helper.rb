ENV["RAILS_ENV"] = "test"
# The first worker's database, or with parallel_tests that of this process.
ENV["DATABASE_URL"] = `pgclone url`.strip
require_relative "../config/environment"
require "rails/test_help"

class ActiveSupport::TestCase
  # The workers' databases are there: Rails is not to make and load any.
  ActiveSupport::Testing::Parallelization.after_fork_hooks.clear

  unless ENV["TEST_ENV_NUMBER"] # then parallel_tests has forked already
    parallelize workers: ENV.fetch("PGCLONE_WORKERS", "1").to_i
    parallelize_setup do |worker| # from 0
      ActiveRecord::Base.establish_connection(`pgclone url #{worker + 1}`.strip)
    end
  end

  # After a test that commits: the worker's database is as at first again. Needs pgclone run.
  def restore_database
    worker = ActiveRecord::Base.connection_db_config.database[/\d+\z/]
    ActiveRecord::Base.connection_handler.clear_all_connections!
    system("pgclone", "reset", worker, exception: true, out: File::NULL)
  end
end
