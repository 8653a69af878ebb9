from django.db import DatabaseError, migrations, transaction

# Django asks for UPPER(column) LIKE UPPER(part); this is the index that answers it.
MAKE = """
CREATE INDEX IF NOT EXISTS image_search_text ON datasets_image
USING gin (UPPER(search_text) gin_trgm_ops)
"""


def make(apps, schema_editor):
    """PostgreSQL with pg_trgm finds parts of names by an index; anywhere else they are looked for one by one."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(MAKE)
    except DatabaseError as error:
        print(f"No index for parts of names, searching them takes longer: {error}")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS image_search_text")


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0009_list_indexes"),
    ]

    operations = [migrations.RunPython(make, drop)]
