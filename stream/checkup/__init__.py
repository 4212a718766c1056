"""What `foureyes doctor` looks at: each check says what it saw and what to do about it."""
