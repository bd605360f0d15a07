from django.db import models


class Product(models.Model):
    name = models.TextField()
    price = models.IntegerField(null=True)
