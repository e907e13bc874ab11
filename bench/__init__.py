"""How fast the platform is, each figure beside the same work in raw SQL. `make bench`; see docs/measurements.md."""
