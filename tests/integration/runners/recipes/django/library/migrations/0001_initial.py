import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Author",
            [("id", models.AutoField(primary_key=True)), ("name", models.CharField(max_length=100))],
        ),
        migrations.CreateModel(
            "Book",
            [
                ("id", models.AutoField(primary_key=True)),
                ("author", models.ForeignKey("library.Author", django.db.models.deletion.CASCADE)),
                ("title", models.CharField(max_length=200)),
            ],
        ),
        migrations.CreateModel(
            "Visitor",
            [("id", models.AutoField(primary_key=True)), ("worker", models.CharField(max_length=100, unique=True))],
        ),
    ]
