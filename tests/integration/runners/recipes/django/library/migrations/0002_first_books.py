from django.db import migrations

BOOKS = {"Herman Melville": ["Moby-Dick", "Bartleby"], "Mary Shelley": ["Frankenstein", "The Last Man", "Mathilda"]}


def fill(apps, schema_editor):
    for name, titles in BOOKS.items():
        author = apps.get_model("library", "Author").objects.create(name=name)
        for title in titles:
            apps.get_model("library", "Book").objects.create(author=author, title=title)


class Migration(migrations.Migration):
    dependencies = [("library", "0001_initial")]
    operations = [migrations.RunPython(fill)]
