"""The first page of host, treasurer and the assisting company."""
