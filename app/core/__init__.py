"""What every package stands on and what knows nothing of villages: the transaction, money, dates, errors, access."""
