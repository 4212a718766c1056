"""Sources that are asked by reading their database: only who pulls one imports SQLAlchemy."""
