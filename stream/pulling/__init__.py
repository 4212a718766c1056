"""Asking sources that have to be asked: one loop for all of them, and a table for each vendor."""
