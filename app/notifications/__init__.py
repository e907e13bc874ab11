"""Messages to people: an outbox written with the work, sent after the commit; WhatsApp texts for who has no e-mail."""
