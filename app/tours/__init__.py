"""Tour packages: what the villages do with guests. A departure is one dated run of a package, with seats."""
