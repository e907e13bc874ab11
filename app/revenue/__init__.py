"""Payees, agreements and tax rates: how a sale is divided, what is pending and what is payable."""
