"""Sellable: nights in units. Homestays, rooms, room types, units, rates and the calendar."""
