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
INSTALLED_APPS = ["library"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
SECRET_KEY = "of a test"
USE_TZ = True
