"""The contract with the guest: quote, hold, pay, confirm, expire, earn. The whole journey is told here."""
