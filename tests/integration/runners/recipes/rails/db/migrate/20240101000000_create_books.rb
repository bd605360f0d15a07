class CreateBooks < ActiveRecord::Migration[6.1]
  def change
    create_table(:books) { |table| table.string :title, null: false }
    create_table(:visitors) { |table| table.string :worker, null: false }
    reversible do |direction|
      direction.up { execute "INSERT INTO books (title) VALUES ('Moby-Dick'), ('Frankenstein')" }
    end
  end
end
