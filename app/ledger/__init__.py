"""Double entry, generic: accounts, journal entries, postings that move an amount from one account to another."""
