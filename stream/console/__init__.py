"""The console: what the archive holds, shown to people who have signed in."""
