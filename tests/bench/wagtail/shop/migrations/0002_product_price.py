from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_product")]
    operations = [migrations.AddField("Product", "price", models.IntegerField(null=True))]
