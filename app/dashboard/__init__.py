"""The first page of whoever holds an office: what is next, today's guests, this month's figures."""
