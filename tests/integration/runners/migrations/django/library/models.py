from django.db import models


class Author(models.Model):
    name = models.TextField()

    class Meta:
        db_table = "author"


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)
    title = models.TextField()
    published = models.IntegerField(null=True)

    class Meta:
        db_table = "book"
