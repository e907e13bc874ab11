"""Everything that the payment provider tells us: signed, remembered for good, event and work in one transaction."""
