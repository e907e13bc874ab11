"""Money that comes in and goes back: payment attempts, receipts, refunds. Knows references, never what was paid for."""
