"""A shop on Wagtail, with all of its apps: what a project has before it has anything of its own."""
import os

from psycopg.conninfo import conninfo_to_dict

connection = conninfo_to_dict(os.environ["DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": connection.pop("dbname"),
        "OPTIONS": connection,
    }
}
INSTALLED_APPS = [
    "shop",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.search_promotions",
    "wagtail.contrib.settings",
    "wagtail.contrib.table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.locales",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.redirects",
    "django.contrib.sessions",
    "django.contrib.sites",
]
ROOT_URLCONF = "urls"
SITE_ID = 1
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
SECRET_KEY = "of a benchmark"
WAGTAIL_SITE_NAME = "shop"
WAGTAILADMIN_BASE_URL = "http://localhost"
SILENCED_SYSTEM_CHECKS = ["admin.E403", "admin.E408", "admin.E409", "admin.E410"]
STATIC_URL = "/static/"
USE_TZ = True
