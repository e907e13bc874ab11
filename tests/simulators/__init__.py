"""Tests of the stand-ins for the outside world, and the fixture that lends them to other tests."""
