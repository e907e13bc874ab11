"""The tests: a mirror of app/, and architecture/ journeys/ properties/ races/ migrations/ browser/ beside it."""
