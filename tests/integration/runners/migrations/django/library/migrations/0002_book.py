from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0001_author")]
    operations = [
        migrations.CreateModel(
            name="Book",
            fields=[
                ("id", models.AutoField(primary_key=True)),
                ("author", models.ForeignKey("library.Author", models.CASCADE)),
                ("title", models.TextField()),
            ],
            options={"db_table": "book"},
        )
    ]
