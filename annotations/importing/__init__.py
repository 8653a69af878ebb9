"""What an import wants and what it does to each picture. Pure: the walk over the database is in `actions`."""
