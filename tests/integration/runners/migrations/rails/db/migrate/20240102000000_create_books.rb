class CreateBooks < ActiveRecord::Migration[6.1]
  def change
    create_table(:books) do |table|
      table.references :author, null: false, foreign_key: true
      table.text :title, null: false
    end
  end
end
