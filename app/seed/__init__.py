"""The twenty villages and a demo season, replayed through the services."""
