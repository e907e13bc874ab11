"""What the fixtures of conftest.py are made of: databases, servers, a visitor without JavaScript, the report."""
