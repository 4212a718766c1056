"""Names of people, kept apart from the record: in it stand pseudonyms, and a vault has the keys."""
