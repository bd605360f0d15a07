from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0002_book")]
    operations = [migrations.AddField("Book", "published", models.IntegerField(null=True))]
