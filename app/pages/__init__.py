"""Home, search, villages and the pages of terms: what shows more than one package may import."""
