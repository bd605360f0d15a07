class CreateAuthors < ActiveRecord::Migration[6.1]
  def change
    create_table(:authors) { |table| table.text :name, null: false }
  end
end
