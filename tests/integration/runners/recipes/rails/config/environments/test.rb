Rails.application.configure do
  # Else Rails compares db/schema.rb with the database, and may drop and load that again.
  config.active_record.maintain_test_schema = false
end
