"""The JSON contract, version 1, documented by OpenAPI."""
