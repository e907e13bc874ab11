"""The twenty villages as they are, and a demo world on top of them: houses, agreements, people and a season.

What is real comes from the CSV files beside this; everything made up is marked as sample. Run again, it extends and
never doubles.
"""
