"""How the archive's tables came to be, one step a file; run by alembic when it is opened."""
