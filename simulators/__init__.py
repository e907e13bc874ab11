"""Stand-ins for the outside world. Each is a process of its own and knows nothing of the app."""
