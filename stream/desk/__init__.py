"""The SOC desk: what is wrong is told once to each destination, and told again while it stands."""
