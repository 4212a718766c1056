"""`foureyes run`: settings become roles, roles are given to a host, the outside is let in."""
