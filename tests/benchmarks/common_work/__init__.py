"""The common work: a far smaller job that other engines do too, done by foureyes's own machines."""
