"""The arithmetic of the trail: nothing here knows what an entry means."""
