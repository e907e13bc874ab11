"""The JSON contract: the same doors as the pages, for programs. Terms it owns: cursor (an opaque place in a list)."""
