"""Where the desk delivers to: one file each, and none of them knows another."""
